//! The package of the transcripts. The KMS server of its keys no longer exists, so no file here can
//! be decrypted.
