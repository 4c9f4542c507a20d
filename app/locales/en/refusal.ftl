refusal-topic = Topic { $name }
refusal-group = Group { $name }
refusal-group-active = The group has active members: { $members }. Stop them, then try again.
refusal-preview-stale = The group’s offsets or the partitions’ ranges moved since the preview. Nothing was changed.
refusal-partition = Partition { $partition } of topic { $topic }
refusal-message = Message { $place }
refusal-unreadable = The message at { $place } is there but cannot be read: { $reason }.
refusal-unreachable = The instance does not answer: { $reason }.

rule-missing = Nothing was entered. Enter { $min }–{ $max }.
rule-number = “{ $value }” is not a whole number. Enter { $min }–{ $max }.
rule-below = { $value } is below the least, { $min }. Enter { $min }–{ $max }.
rule-above = { $value } is above the limit of { $max }. Enter { $min }–{ $max }.
rule-missing-from = Nothing was entered. Enter { $min } or more.
rule-number-from = “{ $value }” is not a whole number. Enter { $min } or more.
rule-below-from = { $value } is below the least, { $min }. Enter { $min } or more.
rule-empty = Nothing was entered. Enter { $min }–{ $max } characters.
rule-short = { $chars ->
    [one] One character is too few
   *[other] { $chars } characters are too few
}. Enter { $min }–{ $max }.
rule-long = { $chars } characters are too many. Enter { $max } at most.
rule-character = “{ $char }” cannot stand in a name. Use letters a–z, digits, - and _.
rule-letter = A name of - and _ alone is not allowed. Add a letter or a digit.
rule-choice = “{ $value }” is not one of the choices.
rule-taken = A topic of this name exists. Choose another name.
rule-too-many-named = At most { $max } can be named. Name fewer, or leave the field empty for all.
rule-at-limit = It has { $max } already, the most there may be.
rule-path = “{ $value }” is not a path into JSON: look behind character { $at }. Enter it like $.order.items[0].id or $['two words'].
rule-search = This place belongs to another search. Start the search again.
refusal-busy = { $max } downloads run already, the most there may be at once. Try again when one is done.
rule-bytes = { $bytes } B is above the limit of { $max } B. Make it smaller, or compress it.
rule-encoding = This is not { $encoding }: character { $at }, not counting white space, does not fit.
rule-key-needed = The topic is compacted: a message without a key would be refused. Enter a key.
rule-time = “{ $value }” is not a date and time. Enter it as 2026-03-12T14:15:00.
rule-ratio = “{ $value }” is not a number from 0 to 1. Enter one such as 0.5.
rule-count-empty = The count was not typed. Nothing was done. Type { $count }.
rule-count = “{ $typed }” is not the count. Nothing was done. Type { $count }.
rule-name-empty = The name was not typed. Nothing was deleted.
rule-name = “{ $typed }” is not the name. Nothing was deleted.

kafka-storage = The disk failed or is full.
kafka-config = A property’s name or value is not allowed.
kafka-policy = A rule of this instance forbids it.
kafka-replicas = There are fewer brokers than the replicas asked for.
kafka-time = The instance did not finish in time. It may still do so; look before trying again.
kafka-leader = The instance is choosing a leader. Try again shortly.
kafka-coordinator = The group’s coordinator is not ready. Try again shortly.
kafka-group-active = The group has members. Stop them first.
kafka-group-gone = The group does not exist (any more).
kafka-rights = The console’s user is not allowed to do this.
kafka-corrupt = The stored data failed its checksum.
kafka-range = The offset lies outside the partition’s range.
kafka-request = The instance did not understand the request.
