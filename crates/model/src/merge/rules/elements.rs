//! Names of elements: choices, pieces and ordered lists.

use super::Words;

/// Backbone elements that merge as one piece, because their parts only mean something together.
pub(crate) const ATOMIC: Words = Words(
    "dosage dosageInstruction doseAndRate ingredient lensSpecification \
             position prism referenceRange repeat timing udiCarrier",
);

/// Data types that merge as one piece: never one side's value with the other's unit.
pub(crate) const ATOMIC_TYPES: Words = Words(
    "Age Annotation Attachment CodeableConcept Coding Count DataRequirement \
             Distance Dosage Duration Expression Extension HumanName Identifier Money \
             MoneyQuantity Narrative Period Quantity Range Ratio Reference SampledData \
             Signature SimpleQuantity Timing",
);

/// Lists whose order carries meaning.
pub(crate) const ORDERED: Words = Words(
    "action dosage dosageInstruction entry given item line prefix section step \
             suffix",
);

/// Names of choice elements (`value[x]` and its like), for objects that R4 does not define. `dose` is not here: outside Dosage,
/// which is one piece, `doseQuantity` is a plain element.
const CHOICES: Words = Words(
    "abatement additive age allowed amount answer asNeeded author born bounds \
             chargeItem collected content deceased defaultValue definition detail \
             diagnosis doseNumber due effective entity event exposure fastingStatus \
             fixed identified indication item legallyBinding location maxValue \
             medication minValue multipleBirth occurred occurrence offset onset \
             pattern performed probability procedure product rate reported scheduled \
             seriesDoses serviced source start statusReason subject substance target \
             time timing topic used value",
);

/// Choice elements that may be of any type; only they end in one of [`OPEN_TYPES`].
const OPEN_CHOICES: Words = Words("answer defaultValue fixed maxValue minValue pattern value");

/// R4's data types as they end the name of a choice element.
const CHOICE_TYPES: Words = Words(
    "Address Age Annotation Attachment Boolean Canonical CodeableConcept \
             Coding ContactDetail ContactPoint Contributor Count DataRequirement Date \
             DateTime Decimal Distance Dosage Duration Expression HumanName Identifier \
             Instant Integer Markdown Money ParameterDefinition Period PositiveInt \
             Quantity Range Ratio Reference RelatedArtifact SampledData Signature \
             String Timing TriggerDefinition UnsignedInt Uri UsageContext",
);

/// Data types that end the name of an open choice only: `productCode` is no choice.
const OPEN_TYPES: Words = Words("Base64Binary Code Id Meta Oid Time Url Uuid");

/// The element that an object's member belongs to: `_birthDate` to `birthDate`, `valueQuantity`
/// and `_valueString` to `value`, any other to itself.
pub(crate) fn element_of(member: &str) -> &str {
    let name = member.strip_prefix('_').unwrap_or(member);
    name.char_indices()
        .filter(|(at, letter)| *at > 0 && letter.is_ascii_uppercase())
        .filter_map(|(at, _)| name.split_at_checked(at))
        .find(|(choice, datatype)| {
            (CHOICE_TYPES.contains(datatype) && CHOICES.contains(choice))
                || (OPEN_TYPES.contains(datatype) && OPEN_CHOICES.contains(choice))
        })
        .map_or(name, |(choice, _)| choice)
}
