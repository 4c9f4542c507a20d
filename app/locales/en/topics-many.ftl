topic-replicas = Replicas
topic-groups = Groups
topic-lag = Lag
topic-pick = Select { $name }
topics-pick-all = Select all on this page
topics-export-csv = { $count ->
    [one] CSV of 1 topic
   *[other] CSV of { $shown } topics
}
topics-export-xlsx = { $count ->
    [one] Excel file of 1 topic
   *[other] Excel file of { $shown } topics
}
topics-picked = picked
topics-bulk = Selected topics
topics-bulk-retention = Change retention…
topics-bulk-delete = Delete…
export-retention = Retention, hours
export-timestamp = Timestamp type
export-batch = Max. batch size, bytes
switch-on = on
switch-off = off
bulk-retention = Change retention
bulk-retention-title = { $count ->
    [one] Retention of 1 topic
   *[other] Retention of { $count } topics
}
bulk-retention-submit = { $count ->
    [one] Change retention of 1 topic
   *[other] Change retention of { $count } topics
}
bulk-not-changed = No topic was changed.
bulk-delete = Delete topics
bulk-delete-title = { $count ->
    [one] Delete 1 topic?
   *[other] Delete { $count } topics?
}
bulk-delete-submit = { $count ->
    [one] Delete 1 topic
   *[other] Delete { $count } topics
}
bulk-delete-submit-size = { $count ->
    [one] Delete 1 topic and { $size }
   *[other] Delete { $count } topics and { $size }
}
bulk-not-deleted = No topic was deleted.
bulk-returns = They may come back empty.
bulk-confirm = Number of topics
bulk-confirm-hint = Type { $count } to confirm.
bulk-keep = Keep them
bulk-topics = Topics
bulk-sum = { $count ->
    [one] 1 topic
   *[other] { $count } topics
}
bulk-gone = { $count ->
    [one] 1 picked topic does not exist any more:
   *[other] { $count } picked topics do not exist any more:
}
bulk-internal = { $count ->
    [one] 1 picked topic is internal and is left alone:
   *[other] { $count } picked topics are internal and are left alone:
}
bulk-none = No topic is picked
bulk-none-text = Tick topics in the list, then choose what to do with them.
bulk-back = Back to the topics
bulk-result = Results
bulk-outcome = Result
bulk-one-changed = Retention changed
bulk-one-deleted = Deleted
bulk-changed = Retention of { $done } of { $of } topics changed.
bulk-deleted = { $done } of { $of } topics deleted.
topic-clone = Clone topic
topic-like = Like { $name }
topic-like-choice = { $count ->
    [one] Take over its further property
   *[other] Take over its { $count } further properties
}
