login-title = Sign in
login-heading = Sign in to the console
login-user = User name
login-password = Password
login-hint = First start? The password of <code>admin</code> was printed once in the terminal.
login-submit = Sign in
login-idle = Signed out after 30 min idle
login-mismatch = That name and password do not match.
login-left = { $left ->
    [one] One attempt left before this account is locked for 15 minutes.
   *[other] { $left } attempts left before this account is locked for 15 minutes.
}
login-locked = Too many failed attempts.
login-locked-text = Signing in is locked for { $time } more.
