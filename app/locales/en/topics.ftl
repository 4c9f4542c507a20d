topics-title = Topics
topics-search = Name, * matches any text
topics-internal = Internal topics
topics-no-match = No topic matches “{ $search }”
topics-no-match-text = { $total } topics have other names. Plain text is found anywhere in a name; with * the pattern must fit the whole name.
topics-no-tag = No topic bears { $tags }
topics-no-tag-text = With several tags only topics that bear all of them are listed.
topics-show-all = Show all topics
topics-none = No topics yet
topics-none-text = A topic holds messages in partitions. Create one here, or let a client do it.

topic-create = Create topic
topic-create-anyway = Create topic all the same
topic-created = Topic { $name } created.
topic-not-created = The topic was not created.
topic-unusual = { $name } begins like an internal topic.
topic-unusual-text = Tools take names that begin with _ or # for their own topics and may hide this one. It is not created yet.
topic-identity = Identity
topic-storage = Partitions and storage
topic-name = Name
topic-name-hint = 3–64 letters, digits, - or _, with at least one letter or digit. It cannot be changed later.
topic-description = Description
topic-description-hint = At most 64 characters. Only the console shows it.
topic-tags-hint = Keys with values, apart by commas: env=prod, team=checkout. Up to 20.
topic-partitions = Partitions
topic-partitions-hint = 1–360. A multiple of 6 divides evenly among most groups. Partitions can be added, never removed.
topic-retention = Retention
topic-retention-hint = 1–720. Older messages are removed.
topic-cleanup = Cleanup
topic-cleanup-policy = Cleanup policy
cleanup-delete = delete: drop what is past retention
cleanup-compact = compact: keep the newest value of every key
cleanup-both = compact, delete: both
topic-sync = Safety of a write
topic-sync-flush = Sync flush
topic-sync-flush-note = A write is acknowledged only when it is on disk: it survives a power failure, and takes longer.
topic-sync-replication = Sync replication
topic-sync-replication-off = Needs two replicas; this instance keeps one.
unit-hours = hours

topic-messages = Messages
topic-size = Size
topic-shape = Partitions × replicas
topic-own = topic’s own
topic-instances = the instance’s
topic-newest = Newest message
topic-never = none yet
topic-newest-unknown = Being looked up. Reload in a moment.
topic-internal = internal
topic-under-replicated = { $count ->
    [one] 1 partition misses a replica
   *[other] { $count } partitions miss a replica
}
topic-offline = { $count ->
    [one] 1 partition without a leader
   *[other] { $count } partitions without a leader
}
topic-under-replicated-of = { $count } of { $of } partitions miss a replica.
topic-offline-of = { $count } of { $of } partitions have no leader: they can be neither written nor read.
topic-actions = Actions
topic-actions-of = Actions: { $name }
topic-more = More actions
topic-query = Query messages
topic-edit = Edit
topic-add = Add partitions
topic-delete = Delete topic
topic-tabs = Topic
topic-configuration = Configuration
topic-back = Back to the partitions

config-name = Property
config-value = Value
config-source = Source
config-meaning = Meaning
config-topic = This topic
config-instance = Instance
config-file = Configuration file
config-default = Default

partition-number = Partition
partition-status = Partition status
partition-start = Start offset
partition-end = End offset
partition-leader = Leader
partition-replicas = Replicas
partition-in-sync = In sync
partition-without = { $in_sync } without { $missing }
partition-no-leader = none

topic-edit-title = Edit topic { $name }
topic-edited = Topic { $name } changed.
topic-not-edited = The topic was not changed.
topic-save = Save changes
topic-retention-edit-hint = 1–720. Leave it empty for the instance’s, now { $instance }.
topic-odd-retention = Its retention is now { $now }.
topic-odd-retention-text = That is not a number of hours from 1 to 720, so the field below is empty. Saving replaces it.
topic-edit-risk = Shorter retention removes messages.
topic-edit-risk-text = What is past the new limit goes with the next check and cannot be recovered. Compaction drops all but the newest value of every key.

topic-add-title = Add partitions to { $name }
topic-add-label = Partitions afterwards
topic-add-hint = { $now } now. Enter { $least }–360.
topic-not-added = No partitions were added.
topic-partitions-added = Topic { $name } has { $count } partitions now.
topic-add-risk = Keys move to other partitions.
topic-add-risk-text = Messages of one key go to another partition from now on, so their order holds only before and after. Partitions cannot be taken away again.
topic-full = It has { $count } partitions.
topic-full-text = The most there may be is 360, so none can be added.

topic-delete-title = Delete topic { $name }?
topic-delete-text = Its messages are removed from disk at once and cannot be recovered.
topic-deleted = Topic { $name } deleted.
topic-not-deleted = The topic was not deleted.
topic-in-use = It is in use.
topic-in-use-text = Its newest message is from { $ago }.
topic-returns = It may come back empty.
topic-returns-text = Topics are created on first use here: the next producer makes it again with { $partitions } partitions. Stop the producers first, or switch that off:
topic-confirm = Name of the topic
topic-confirm-hint = Type { $name } to confirm.
topic-delete-submit = Delete topic
topic-delete-submit-size = Delete topic and { $size }
topic-keep = Keep it
