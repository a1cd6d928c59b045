// Stand-in for the core's wrapper of BearSSL: declarations only.
#pragma once

#include <bearssl_hash.h>
#include <bearssl_rsa.h>

namespace BearSSL {

class PublicKey {
 public:
  PublicKey();
  bool parse(const char* pem);
  ~PublicKey();
  PublicKey(const PublicKey&) = delete;
  bool isRSA() const;
  const br_rsa_public_key* getRSA() const;
};

}  // namespace BearSSL
