samples = Sample code
samples-title = Sample code for { $name }
samples-language = Language
samples-about = With { $library }, for { $endpoint } and this topic. The programs run as they are; the consumer reads as the group { $group }.
samples-producer = Send messages
samples-consumer = Read messages
samples-download = Download { $file }
