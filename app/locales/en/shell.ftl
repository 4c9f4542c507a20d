shell-skip = Skip to content
shell-menu = Menu
shell-nav = Main
shell-crumbs = You are here

nav-overview = Overview
nav-instance = Instance
nav-data = Data
nav-topics = Topics
nav-groups = Groups
nav-messages = Messages
nav-tags = Tags
nav-find = Find topics, groups, pages
nav-theme = Theme
nav-theme-system = Follow the system
nav-theme-light = Light
nav-theme-dark = Dark
nav-account = Account
nav-password = Change password
nav-logout = Sign out

ui-cancel = Cancel
ui-copy = Copy
ui-copy-value = Copy { $value }
ui-fields-wrong = { $count ->
    [one] One field needs another value:
   *[other] { $count } fields need another value:
}
ui-filter = Filter
ui-optional = optional
ui-page = Page { $page } of { $pages }
ui-page-first = First page
ui-page-previous = Previous page
ui-page-next = Next page
ui-page-last = Last page
ui-remove = Remove { $what }
ui-rows = Rows
ui-rows-of = { $rows } of { $total }
ui-rows-set = Show

format-days = { $n } d
format-hours = { $n } h
format-minutes = { $n } min
format-seconds = { $n } s
format-now = just now
format-ago = { $time } ago
format-ahead = in { $time }
