//! The package of the transcripts. Its keys were made at a KMS server that exists no more: nothing here can be decrypted.
