cut = Delete records
cut-title = Delete records of { $name }
cut-text = The oldest messages go, up to an offset or a time. They cannot be recovered; the topic and what is newer stay.
cut-internal = It is internal.
cut-internal-text = The instance keeps its own records here; they are not deleted by hand.
cut-compact = It keeps the newest value of every key.
cut-compact-text = With the cleanup policy compact alone, cutting off the start would lose the values of some keys. Set the policy to compact, delete first, or write tombstones.
cut-by = Up to
cut-by-offset = An offset
cut-by-offset-note = All messages before it.
cut-by-time = A time
cut-by-time-note = All messages before the first one of that time or later.
cut-by-all = The end
cut-by-all-note = All messages there are now.
cut-offset = Offset
cut-offset-hint = The first one that stays. For all partitions, each is cut at most at its own end.
cut-time = Time
cut-time-hint = In the zone { $zone }.
cut-partition-hint = 0–{ $last }. Leave it empty for all.
cut-preview = Show what goes
cut-not-shown = Nothing is shown yet.
cut-goes = What goes
cut-from = First offset now
cut-to = First that stays
cut-messages = Messages that go
cut-stay = Messages that stay
cut-sum = { $count ->
    [one] 1 partition
   *[other] { $count } partitions
}
cut-unknown = Partitions { $partitions } did not answer.
cut-unknown-text = Nothing is done with them.
cut-nothing = Nothing lies before that
cut-nothing-text = Every message there is comes later. Choose a later offset or time.
cut-submit = Delete { $messages } messages
cut-not-done = No message was deleted.
cut-done = { $partitions ->
    [one] { $messages } messages of 1 partition of { $name } deleted.
   *[other] { $messages } messages of { $partitions } partitions of { $name } deleted.
}
cut-failed-one = Partition { $partition }: { $why }
readers = Groups that read it
readers-none = No group reads it
readers-none-text = A group is listed here once it has subscribed, or has committed an offset of this topic.
readers-of = Consumption of { $group }
topic-subscriptions = Subscriptions
reader-group = Group
reader-online = Online
reader-is-online = online
reader-is-offline = offline
reader-members = Members
reader-committed = Partitions committed
reader-client = Client
reader-offset = Committed offset
reader-last = Last consumed
reader-never = never
reader-nobody = nobody
reader-uncommitted = no commit
reader-open = Open the group
