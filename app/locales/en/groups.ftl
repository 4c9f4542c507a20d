group-stable = Stable
group-empty = Empty
group-preparing = Preparing rebalance
group-completing = Completing rebalance
group-dead = Dead
group-unknown = Unknown
group-absent = Not there yet

groups-title = Groups
groups-age = As of { $age } ago
groups-search = Name, * matches any text
groups-all-states = All states
groups-no-tag = No group that matches bears { $tags }
groups-no-match = No group matches “{ $search }”
groups-no-state = No group is in the state “{ $state }”
groups-no-match-text = There are { $total } groups. Plain text is found anywhere in a name; with * the pattern must fit the whole name.
groups-show-all = Show all groups
groups-none = No groups yet
groups-none-text = A group appears when a consumer joins it or commits an offset. Register one to give it a description before that.
groups-pick-all = Pick all groups of this page
groups-picked = picked
groups-none-picked = No group was picked. Nothing was deleted.
groups-delete-picked = Delete groups…
groups-delete = Delete groups
groups-delete-title = { $count ->
    [one] Delete 1 group?
   *[other] Delete { $count } groups?
}
groups-delete-submit = { $count ->
    [one] Delete 1 group
   *[other] Delete { $count } groups
}
groups-will = What happens
groups-will-go = is deleted
groups-will-stay = { $count ->
    [one] stays: 1 member is active
   *[other] stays: { $count } members are active
}
groups-is-gone = is gone already
groups-all-active = None of them can be deleted now.
groups-keep = Keep them
groups-deleted = { $count } groups deleted: { $names }.
groups-deleted-none = No group was deleted.
groups-kept = { $count ->
    [one] 1 was kept: { $names }
   *[other] { $count } were kept: { $names }
}

group-register = Register group
group-register-text = The console keeps the name and what it is for. The group itself appears when a consumer uses the name as group.id.
group-registered = Group { $name } registered.
group-not-registered = The group was not registered.
group-taken = A group of this name is registered already. Choose another name.
group-full = { $max } groups are registered, the most there may be. Delete one that is not needed.
group-name = Name
group-name-hint = 1–249 characters, as in the property group.id of the consumers. It cannot be changed later.
group-description = Description
group-description-hint = At most 64 characters. Only the console shows it.
group-state = State
group-coordinator = Coordinator
group-members = Members
group-topics = Topics
group-lag = Lag
group-actions = Actions
group-actions-of = Actions: { $name }
group-pick = Pick { $name }
group-more = More actions
group-tabs = Group
group-consumption = Consumption
group-consumption-of = Consumption of { $topic }
group-edit = Edit
group-edit-title = Edit { $name }
group-edited = Group { $name } changed.
group-not-edited = The description was not changed.
group-save = Save changes
group-delete = Delete group
group-delete-title = Delete { $name }?
group-delete-text = Committed offsets go with a group. Consumers that use the name again begin where their auto.offset.reset says. This cannot be undone.
group-delete-active = It cannot be deleted while members are active.
group-deleted = Group { $name } deleted.
group-keep = Keep it
group-lost-offsets = Committed offsets

group-not-there = Registered, not in use yet
group-not-there-text = No consumer has joined it or committed an offset. Set this property in a consumer:
group-partitions = { $count ->
    [one] 1 partition
   *[other] { $count } partitions
}
group-uncommitted = { $count ->
    [one] 1 partition without a commit
   *[other] { $count } partitions without a commit
}
group-all-committed = every partition has a commit
group-only-lag = Only with lag
group-caught-up = Everything has been read
group-show-all = Show all
group-reads-nothing = It reads nothing yet
group-reads-nothing-text = No offset is committed and no partition assigned.
group-topic = Topic
group-topic-page = Topic page
group-topic-gone = deleted
group-topic-gone-text = The topic does not exist any more. Only the committed offsets are left.
group-topic-note = { $count ->
    [one] 1 partition
   *[other] { $count } partitions
} · lag { $lag }
group-all-topics = All topics
group-readers = Reading now
group-offline = offline
group-last-consumed = Last consumed
group-never = never
group-time-unknown = The last consumed message is no longer kept, or has no time.
group-client = Client
group-no-member = no member
group-committed = Committed offset
group-none-yet = none yet
group-share = Share of lag
group-end-start = end − start
group-no-commit = Nothing is committed: everything there is counts.
group-no-members = No members
group-no-members-text = Nobody is in the group at the moment. Its offsets can be reset now.
group-member-id = Member id
group-host = Host
group-instance-id = Instance id
group-assignor = Assignor
group-not-consumer = not a consumer’s assignment
group-nothing-assigned = none

group-reset = Reset offsets
group-reset-short = Reset…
group-reset-of = Reset… partition { $partition }
group-reset-to = Move to
group-to-earliest = Earliest
group-to-latest = Latest
group-to-time = Time
group-to-offset = Offset
group-to-shift = Shift
group-reset-topic-hint = Empty for all topics in which the group has committed offsets.
group-reset-partition-hint = Empty for all partitions of the topic.
group-reset-time-hint = In { $zone }. Each partition moves to its first message of this time or later.
group-reset-offset-hint = 0 or more. Kept within each partition’s range.
group-reset-shift-hint = Messages forward, or back with a minus: −100. Kept within each partition’s range.
group-reset-no-topic = There is no topic “{ $name }”. Enter the name of one that exists.
group-reset-no-partition = There is no such partition. The topic has { $count }: enter 0–{ $last }.
group-no-preview = There is no preview.
group-preview = Preview
group-preview-title = Preview
group-preview-text = Nothing has changed yet. Negative means read again, positive means skipped.
group-preview-note = { $count ->
    [one] 1 offset moves
   *[other] { $count } offsets move
} · { $again } read again · { $skipped } skipped
group-preview-anew = The preview below is a new one.
group-not-reset = The offsets were not reset.
group-reset-nothing = Nothing to reset
group-reset-nothing-text = The group has committed no offsets. Enter a topic to give it some.
group-active-title = Cannot be applied while members are active.
group-active-text = { $members } — stop them, then apply; this preview stays at its address.
group-waiting = { $count ->
    [0] Waiting for the group to settle.
    [one] Waiting for 1 member to leave.
   *[other] Waiting for { $count } members to leave.
}
group-nothing-moves = Every offset is there already.
group-committed-now = Committed now
group-arrow = to
group-new-offset = New offset
group-change = Change
group-effect = Effect
group-effect-again = read again
group-effect-skipped = skipped
group-effect-same = unchanged
group-effect-set = set for the first time
group-clamped-start = { $wanted } is before the first message, { $start }
group-clamped-end = { $wanted } is past the end, { $end }
group-none-that-late = no message that late: the end
group-nothing-to-shift = stays: no committed offset to count from
group-no-answer = stays: the partition did not answer
group-reset-submit = { $count ->
    [one] Reset 1 offset
   *[other] Reset { $moved } offsets
}
group-reset-done = { $count ->
    [one] 1 offset of group { $name } reset.
   *[other] { $moved } offsets of group { $name } reset.
}
group-reset-part = { $failed } could not be: { $place }
group-command = The same with Kafka’s own tool

group-delete-offsets = Delete offsets
group-offsets-title = Delete the offsets of { $name } for { $topic }?
group-offsets-text = Consumers of the group then begin where their auto.offset.reset says. This cannot be undone.
group-offsets-active = { $count ->
    [one] 1 member reads the topic now.
   *[other] { $count } members read the topic now.
}
group-offsets-active-text = Stop reading first; offsets in use cannot be deleted.
group-offsets-none = The group has committed nothing for this topic.
group-offsets-submit = { $count ->
    [one] Delete 1 offset
   *[other] Delete { $count } offsets
}
group-offsets-keep = Keep them
group-offsets-deleted = { $count ->
    [one] 1 committed offset of { $topic } deleted.
   *[other] { $count } committed offsets of { $topic } deleted.
}
