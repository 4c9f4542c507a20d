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
