//! The answers of STS to `AssumeRole`, following the service's model.

use super::{Answer, Request};

/// The ID of the access key in the credentials of an assumed role.
pub const ROLE_KEY_ID: &str = "ASIAROLEROLEROLEROLE";

/// Returns whether the request is an `AssumeRole`.
pub fn is_role_request(request: &Request) -> bool {
    request.operation == "AssumeRole"
}

/// Returns credentials of the role. The secret key and the token are `secret`.
pub fn accept_role(secret: &str) -> Answer {
    Answer::Whole {
        status: 200,
        body: format!(
            "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
             <AssumeRoleResult><Credentials><AccessKeyId>{ROLE_KEY_ID}</AccessKeyId>\
             <SecretAccessKey>{secret}</SecretAccessKey><SessionToken>{secret}</SessionToken>\
             <Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult>\
             </AssumeRoleResponse>"
        ),
    }
}

/// Returns an error of STS with this code and message.
pub fn refuse_role(status: u16, code: &str, message: &str) -> Answer {
    Answer::Whole {
        status,
        body: format!(
            "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error>\
             <Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>\
             <RequestId>0</RequestId></ErrorResponse>"
        ),
    }
}
