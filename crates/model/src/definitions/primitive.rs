//! The primitive types of R4.

/// A primitive type: its value is a JSON string, number or boolean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Primitive {
    /// Bytes in base 64.
    Base64Binary,
    /// `true` or `false`.
    Boolean,
    /// A URI that may carry `|version`.
    Canonical,
    /// A token without leading, trailing or double spaces.
    Code,
    /// A year, month or day.
    Date,
    /// A year, month, day, or a moment with its zone.
    DateTime,
    /// A number whose digits matter.
    Decimal,
    /// 1 to 64 of `A-Z a-z 0-9 - .`
    Id,
    /// A moment with its zone, to the second at least.
    Instant,
    /// A whole number of 32 bits.
    Integer,
    /// Text with markdown.
    Markdown,
    /// `urn:oid:…`
    Oid,
    /// 1 to 2³¹−1.
    PositiveInt,
    /// Text.
    String,
    /// `hh:mm:ss`
    Time,
    /// 0 to 2³¹−1.
    UnsignedInt,
    /// A URI.
    Uri,
    /// A URL.
    Url,
    /// `urn:uuid:…`
    Uuid,
    /// A limited XHTML fragment.
    Xhtml,
}

impl Primitive {
    /// Every primitive type with its FHIR name.
    pub const ALL: [(&'static str, Self); 20] = [
        ("base64Binary", Self::Base64Binary),
        ("boolean", Self::Boolean),
        ("canonical", Self::Canonical),
        ("code", Self::Code),
        ("date", Self::Date),
        ("dateTime", Self::DateTime),
        ("decimal", Self::Decimal),
        ("id", Self::Id),
        ("instant", Self::Instant),
        ("integer", Self::Integer),
        ("markdown", Self::Markdown),
        ("oid", Self::Oid),
        ("positiveInt", Self::PositiveInt),
        ("string", Self::String),
        ("time", Self::Time),
        ("unsignedInt", Self::UnsignedInt),
        ("uri", Self::Uri),
        ("url", Self::Url),
        ("uuid", Self::Uuid),
        ("xhtml", Self::Xhtml),
    ];

    /// The primitive type of that FHIR name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, primitive)| *primitive)
    }
}
