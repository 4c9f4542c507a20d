account-title = Account
account-since = Signed in
account-until = Signed in until
account-idle = Signed out when idle for
password-title = Change password
password-due = The first password must be changed.
password-due-text = It was made by the machine and printed in the terminal. Everything else opens after that.
password-refused = The password was not changed.
password-present = Present password
password-new = New password
password-again = New password again
password-rule = { $least } characters or more, { $distinct } of them different, without the user name. A few random words do well.
password-submit = Change password
password-done = Password changed. Other sessions of this account have ended.
password-differs = The two new passwords differ. Type the same one twice.
password-mismatch = That is not the present password. { $left ->
    [one] One attempt left
   *[other] { $left } attempts left
} before the account is locked for 15 minutes.
password-locked = Too many failed attempts. Locked for { $time } more.
password-short = { $found } characters are too few. Enter { $least } or more.
password-long = { $found } characters are too many. Enter { $most } at most.
password-uniform = Only { $found } different characters. Use { $least } or more.
password-name = It contains the user name. Choose one without it.
password-same = It is the present password. Choose another one.

sessions-title = Sessions
sessions-one = This session
sessions-browser = Browser
sessions-address = Address
sessions-seen = Last seen
sessions-ends = Ends when idle
sessions-actions = Actions
sessions-this = this one
sessions-revoke = Sign out
sessions-revoke-of = Sign out { $browser } at { $address }
sessions-revoke-others = { $count ->
    [one] Sign out the other session
   *[other] Sign out { $count } other sessions
}
sessions-revoked = Session signed out.
sessions-others-revoked = { $count ->
    [one] One other session signed out.
   *[other] { $count } other sessions signed out.
}

tokens-title = API tokens
tokens-one = This token
tokens-text = A token lets a program use the API in your name, with at most the role you give it. A changed password does not end it.
tokens-api = API reference
tokens-new = New token
tokens-name = Name
tokens-name-hint = What uses it, e.g. nightly-report.
tokens-role = Role
tokens-made = Created
tokens-expires = Expires
tokens-used = Last used
tokens-never = never
tokens-over = expired
tokens-days = Valid for
tokens-days-hint = 1–{ $most } days.
tokens-create = Create token
tokens-created = Token { $name } created.
tokens-copy = Copy the token now.
tokens-copy-text = It is not kept and cannot be shown again.
tokens-none = No API tokens
tokens-none-text = Create one for each program, so that each can be revoked alone.
tokens-revoke = Revoke
tokens-revoke-title = Revoke { $name }?
tokens-revoke-text = Programs that use it are refused at once. This cannot be undone.
tokens-revoke-submit = Revoke token
tokens-keep = Keep it
tokens-revoked = Token { $name } revoked.
tokens-refused = The token was not created.
tokens-name-length = The name has { $found } characters. Enter 1–{ $most }.
tokens-name-taken = A token of this name exists. Enter another name.
tokens-too-many = There are { $most } tokens already. Revoke one first.
tokens-role-unknown = “{ $found }” is no role. Enter read-only, operator or full.
tokens-role-above = { $found } is more than the token that asks may do.
tokens-days-range = “{ $found }” is not a number of days. Enter 1–{ $most }.
tokens-days-own = It would outlive the token that asks. Enter fewer days.
role-read-only = Read-only
role-read-only-text = sees everything, changes nothing
role-operator = Operator
role-operator-text = everything but instance settings and the account
role-full = Full
role-full-text = everything
