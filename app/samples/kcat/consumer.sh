#!/bin/sh
# Prints messages until it is stopped. Needs kcat (apt install kcat, brew install kcat).

exec kcat -b '{{bootstrap}}' -G '{{group}}' -X auto.offset.reset=earliest -q -u \
  -f 'partition %p, offset %o: %k = %s\n' '{{topic}}'
