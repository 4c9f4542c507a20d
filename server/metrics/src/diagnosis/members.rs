//! Members and causes as evidence.

use cluster::groups::rebalances::{Cause, Who};
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

/// A member of a group, as it named itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberName(pub Who);

impl MemberName {
    pub(super) fn of(who: &Who) -> Self {
        Self(who.clone())
    }
}

impl Serialize for MemberName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(who) = self;
        let mut fields = serializer.serialize_struct("MemberName", 4)?;
        fields.serialize_field("client_id", &*who.client_id)?;
        fields.serialize_field("host", who.host())?;
        fields.serialize_field("member_id", &*who.member_id)?;
        fields.serialize_field("instance_id", &who.instance_id.as_deref())?;
        fields.end()
    }
}

/// How often something made a group rebalance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct CauseCount {
    /// What.
    #[serde(serialize_with = "cause_id")]
    pub cause: Cause,
    /// How often.
    pub count: usize,
}

fn cause_id<S: Serializer>(cause: &Cause, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(cause.id())
}
