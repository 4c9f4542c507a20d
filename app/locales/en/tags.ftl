tag = Tag
tag-key = Key
tag-value = Value
tag-key-of = Key { $n }
tag-value-of = Value { $n }
tag-row = Tag { $n }
tag-what = Tag { $tag }
tag-resource = Resource { $name }
tag-the-instance = the instance
tag-the-group = Group { $name }
tag-topic = Topic
tag-group = Group
tag-filter-hint = key or key=value

tag-empty = A key is missing. Enter 1–{ $max } characters.
tag-character = “{ $char }” cannot stand in a tag, nor can { $forbidden } or control characters.
tag-space = It begins or ends with a space. Remove the space.
tag-in-line = “{ $tag }”: { $text }
tag-key-twice = This key stands here twice. Enter each key once.
tag-none-typed = No tag was entered. Enter 1–{ $max }.
tag-none-chosen = Nothing was chosen. Choose 1–{ $max } resources.
tag-too-many = { $count } tags are too many at once. Choose { $max } at most.
tag-too-many-resources = { $count } resources are too many. Choose { $max } at most.
tag-resource-full = { $what } would bear { $count } tags, { $max } are allowed. Unbind some first, or choose fewer.
tag-full = { $tag } would stand on { $count } resources, { $max } are allowed. Choose fewer, or another value.
tag-gone = { $what } is not there.
tag-is-gone = deleted

tags-text = Tags group what belongs together: the instance, topics and consumer groups. One that is bound to nothing disappears.
tags-search = Part of a key or value
tags-any-key = Any
tags-total = Bound to
tags-none = No tags yet
tags-none-text = A tag is a key with a value, such as env=prod. Lists can be filtered by it.
tags-no-match = No tag matches { $search }
tags-no-match-text = { $count ->
    [one] There is one other tag
   *[other] There are { $count } other tags
}. The key must be the whole key; the search finds any part of a key or value.
tags-show-all = Show all tags
tags-pick = Select { $what }
tags-pick-all = Select all
tags-picked = picked
tags-bulk-bind = Tag…
tags-bulk = Actions on what is picked
tags-more = +{ $count }
tags-none-yet = none
tags-others = Other tags
tags-none-of-kind = None bears it.
tags-of-most = { $count } of { $max }

tags-bind = Bind tags
tags-bind-more = Bind to more
tags-bind-text = Enter up to { $tags } tags, choose up to { $resources } resources. A resource that has the key already gets the new value.
tags-resources = Resources
tags-resource-search = Name of a topic or group
tags-look = Search
tags-chosen = { $count } chosen
tags-nothing-found = None found.
tags-narrow = { $count } more match. Search for a part of the name to see them.
tags-more-rows = { $count } more rows
tags-pairs-hint = Key 1–{ $key } characters, value up to { $value }. Not { $forbidden }, no space at either end.
tags-not-bound = No tag was bound.
tags-bound = { $tags } bound to { $count ->
    [one] 1 resource
   *[other] { $count } resources
}.
tags-bound-replaced = { $count ->
    [one] 1 other value replaced
   *[other] { $count } other values replaced
}.
tags-bound-same = { $count ->
    [one] 1 was bound already
   *[other] { $count } were bound already
}.

tags-of = Tags of { $what }
tags-edit-of = Edit tags of { $what }
tags-edit-text = Up to { $max }. Empty a row to remove its tag.
tags-save = Save tags
tags-saved = { $count ->
    [0] Tags of { $what } removed.
    [one] One tag of { $what } saved.
   *[other] { $count } tags of { $what } saved.
}
tags-not-saved = The tags were not changed.
tags-changed = Somebody else changed these tags meanwhile. Nothing was done.
tags-now = Now there are: { $tags }. Your entries stand below; saving them replaces these.
tags-now-none = Now there are none. Your entries stand below; saving binds them.

tags-unbind = Unbind tags
tags-unbind-ask = Unbind…
tags-unbind-all = Unbind from all
tags-unbind-title = Unbind { $tags }?
tags-unbind-text = Only the tags go; the resources stay as they are.
tags-unbind-from = From
tags-unbind-whole = Bound to nothing, a tag disappears from the list. The resources stay as they are.
tags-unbind-submit = { $count ->
    [one] Unbind from 1 resource
   *[other] Unbind from { $count } resources
}
tags-unbind-many = Remove { $count } bindings
tags-unbound = { $tags } unbound: { $count ->
    [one] 1 resource
   *[other] { $count } bindings
}.
tags-none-chosen = No tag was chosen. Go back and pick some.

tag-rename = Change value
tag-rename-title = Change the value of { $tag }
tag-rename-text = { $count ->
    [one] One resource bears it and gets the new value.
   *[other] { $count } resources bear it and get the new value.
}
tag-rename-hint = Up to { $max } characters. Values of this key: { $values }
tag-renamed = { $tag } now stands on { $count ->
    [one] 1 resource that had the old value
   *[other] { $count } resources that had the old value
}.
tag-not-renamed = The value was not changed.

leftovers = Leftovers
leftovers-notice = { $count ->
    [one] One topic or group that is gone still has tags or a description.
   *[other] { $count } topics or groups that are gone still have tags or a description.
}
leftovers-look = Look at what is left
leftovers-text = A client deleted these topics and groups; the console still has their tags and descriptions. One that comes back under its name gets them again.
leftovers-what = Deleted
leftovers-forget = Forget what is picked
leftovers-forgotten = Forgotten: { $names }.
leftovers-none-picked = Nothing was forgotten: nothing was picked, or it is there again.
leftovers-none = Nothing is left over
leftovers-none-text = Every topic and group that has tags or a description is there.
leftovers-more = { $count } more come after these.
