//! Access list entries as rows.

use redb::{ReadableDatabase, ReadableTable, TableDefinition, TableError, WriteTransaction};

use super::{Store, StoreError};

/// All of an entry: (resource type, pattern type, resource name, principal, host, operation, permission), numbers as in the protocol.
type Key<'a> = (i8, i8, &'a str, &'a str, &'a str, i8, i8);
const ACLS: TableDefinition<'_, Key<'static>, ()> = TableDefinition::new("acls");

/// An access list entry as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AclRow {
    /// Resource type number of the protocol.
    pub(crate) kind: i8,
    /// Pattern type number of the protocol.
    pub(crate) pattern: i8,
    /// Resource name or its prefix.
    pub(crate) name: String,
    pub(crate) principal: String,
    pub(crate) host: String,
    /// Operation number of the protocol.
    pub(crate) operation: i8,
    /// Permission type number of the protocol.
    pub(crate) permission: i8,
}

impl AclRow {
    fn key(&self) -> Key<'_> {
        (
            self.kind,
            self.pattern,
            &self.name,
            &self.principal,
            &self.host,
            self.operation,
            self.permission,
        )
    }
}

impl Store {
    /// All access list entries. A file of an older release has no table for them, which comes with the first.
    pub(crate) fn acls(&self) -> Result<Vec<AclRow>, StoreError> {
        self.read("read access lists from", |db| {
            let table = match db.begin_read()?.open_table(ACLS) {
                Err(TableError::TableDoesNotExist(_)) => return Ok(Vec::new()),
                opened => opened?,
            };
            let mut rows = Vec::new();
            for row in table.iter()? {
                let (key, _) = row?;
                let (kind, pattern, name, principal, host, operation, permission) = key.value();
                rows.push(AclRow {
                    kind,
                    pattern,
                    name: name.to_owned(),
                    principal: principal.to_owned(),
                    host: host.to_owned(),
                    operation,
                    permission,
                });
            }
            Ok(rows)
        })
    }
}

/// Adds an entry as part of a transaction.
pub(super) fn put(txn: &WriteTransaction, row: &AclRow) -> Result<(), redb::Error> {
    txn.open_table(ACLS)?.insert(row.key(), ())?;
    Ok(())
}

/// Removes an entry as part of a transaction; nothing happens when it is absent.
pub(super) fn remove(txn: &WriteTransaction, row: &AclRow) -> Result<(), redb::Error> {
    txn.open_table(ACLS)?.remove(row.key())?;
    Ok(())
}
