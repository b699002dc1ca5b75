//! The package in which the transcripts run. The KMS server that wrapped its stage keys no longer
//! exists, so no file of the package can be decrypted.
