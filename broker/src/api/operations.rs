//! Bit fields of the operations a caller may do (KIP-430): bit n stands for operation code n of `AclOperation.java`.

use crate::security::acl::CLUSTER_NAME;
use crate::security::{Access, Kind, Operation, Operation::*};

/// The caller did not ask.
const NOT_ASKED: i32 = i32::MIN;
const TOPIC: &[Operation] = &[
    Read,
    Write,
    Create,
    Delete,
    Alter,
    Describe,
    DescribeConfigs,
    AlterConfigs,
];
/// Groups have no configurations here.
const GROUP: &[Operation] = &[Read, Delete, Describe];
const CLUSTER: &[Operation] = &[
    Create,
    Alter,
    Describe,
    ClusterAction,
    DescribeConfigs,
    AlterConfigs,
    IdempotentWrite,
];

/// What the caller may do with a topic.
pub(super) fn of_topic(access: &Access<'_>, asked: bool, name: &str) -> i32 {
    of(access, asked, Kind::Topic, name, TOPIC)
}

/// What the caller may do with a group.
pub(super) fn of_group(access: &Access<'_>, asked: bool, id: &str) -> i32 {
    of(access, asked, Kind::Group, id, GROUP)
}

/// What the caller may do with the cluster; nothing for one who may not even describe it.
pub(super) fn of_cluster(access: &Access<'_>, asked: bool) -> i32 {
    if asked && access.cluster(Describe).is_err() {
        return 0;
    }
    of(access, asked, Kind::Cluster, CLUSTER_NAME, CLUSTER)
}

fn of(access: &Access<'_>, asked: bool, kind: Kind, name: &str, all: &[Operation]) -> i32 {
    if !asked {
        return NOT_ASKED;
    }
    let allowed = all
        .iter()
        .filter(|operation| access.could(**operation, kind, name));
    allowed.fold(0, |bits, operation| bits | 1 << (*operation as i8))
}
