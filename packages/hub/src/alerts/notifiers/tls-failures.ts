// What keeps an encrypted connection from coming about, in words, by the codes of Node and OpenSSL. Whether it is worth
// another try is each kind's own.

export const TLS_FAILURES: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate is self-signed, and so not trusted',
  SELF_SIGNED_CERT_IN_CHAIN: 'the certificate is not from an authority that is trusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the certificate is not from an authority that is trusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'the certificate is not from an authority that is trusted',
  CERT_HAS_EXPIRED: 'the certificate has expired',
  CERT_NOT_YET_VALID: 'the certificate is not valid yet',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate is for another name',
  ERR_SSL_WRONG_VERSION_NUMBER: 'the far side speaks no TLS at this port',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'the far side speaks no TLS at this port',
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: 'the far side speaks no version of TLS that is safe',
};
