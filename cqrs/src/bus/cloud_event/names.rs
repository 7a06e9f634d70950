//! What attributes are called.

/// The media type of a `CloudEvent` in structured JSON.
#[cfg(any(feature = "nats", feature = "rabbitmq"))]
pub(in crate::bus) const CONTENT_TYPE: &str = "application/cloudevents+json";

/// The names of attributes.
pub(in crate::bus) mod attribute {
    pub(in crate::bus) const SPEC_VERSION: &str = "specversion";
    pub(in crate::bus) const ID: &str = "id";
    pub(in crate::bus) const SOURCE: &str = "source";
    pub(in crate::bus) const TYPE: &str = "type";
    pub(in crate::bus) const SUBJECT: &str = "subject";
    pub(in crate::bus) const TIME: &str = "time";
    pub(in crate::bus) const DATA_CONTENT_TYPE: &str = "datacontenttype";
    pub(in crate::bus) const DATA_SCHEMA: &str = "dataschema";
    pub(in crate::bus) const DATA: &str = "data";
    pub(in crate::bus) const DATA_BASE64: &str = "data_base64";

    pub(in crate::bus) const CORRELATION_ID: &str = "correlationid";
    pub(in crate::bus) const CAUSATION_ID: &str = "causationid";
    pub(in crate::bus) const ACTOR: &str = "actor";
    pub(in crate::bus) const ON_BEHALF_OF: &str = "onbehalfof";
    pub(in crate::bus) const TENANT: &str = "tenant";
    pub(in crate::bus) const HEADERS: &str = "headers";

    pub(in crate::bus) const SCHEMA_VERSION: &str = "schemaversion";
    pub(in crate::bus) const STREAM_CATEGORY: &str = "streamcategory";
    pub(in crate::bus) const STREAM_VERSION: &str = "streamversion";
    pub(in crate::bus) const POSITION: &str = "position";
    pub(in crate::bus) const EXPECTED_VERSION: &str = "expectedversion";
    pub(in crate::bus) const DUE: &str = "cqrsdue";
    pub(in crate::bus) const EXPIRES_AFTER: &str = "cqrsexpiresafter";

    pub(super) const ALL: [&str; 22] = [
        SPEC_VERSION,
        ID,
        SOURCE,
        TYPE,
        SUBJECT,
        TIME,
        DATA_CONTENT_TYPE,
        DATA_SCHEMA,
        DATA,
        CORRELATION_ID,
        CAUSATION_ID,
        ACTOR,
        ON_BEHALF_OF,
        TENANT,
        HEADERS,
        SCHEMA_VERSION,
        STREAM_CATEGORY,
        STREAM_VERSION,
        POSITION,
        EXPECTED_VERSION,
        DUE,
        EXPIRES_AFTER,
    ];
}

/// Whether a header of this name can be an attribute: the rules of `CloudEvents`, and none of our own names.
pub(super) fn is_free(name: &str) -> bool {
    (1..=20).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        && !attribute::ALL.contains(&name)
}
