#!/bin/sh
# Sends ten messages. Needs kcat (apt install kcat, brew install kcat).
# Keys go to the partitions where Java clients put them.

i=0
while [ "$i" -lt 10 ]; do
  echo "key-$i:message $i"
  i=$((i + 1))
done | kcat -P -b '{{bootstrap}}' -t '{{topic}}' -K : -X partitioner=murmur2_random
