// A key of OpenSSL: its handle and the facts that reading it determined.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>

#include <openssl/bio.h>
#include <openssl/evp.h>

#include "otatool/bytes.hpp"
#include "otatool/result.hpp"
#include "otatool/secret.hpp"
#include "otatool/signing/key.hpp"

namespace otatool::signing {

/// Frees what OpenSSL allocated with the function that belongs to it.
template <auto Free>
struct Freed {
  template <typename T>
  void operator()(T* pointer) const {
    Free(pointer);
  }
};
using EvpKey = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using EvpKeyContext = std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX_free>>;
using Bio = std::unique_ptr<BIO, Freed<BIO_free_all>>;

struct NativeKey {
  EvpKey handle;
  bool has_private = false;
  KeyKind kind = KeyKind::Rsa;
  unsigned bits = 0;
  std::size_t exponent_size = 0;  ///< bytes of the RSA public exponent

  /// OpenSSL needs a mutable handle even for operations that only read it.
  [[nodiscard]] EVP_PKEY* get() const { return handle.get(); }
};

/// The part of a key that the caller needs.
enum class KeyPart { Public, Private };

/// Reads any key file (key_reader.cpp). From a PEM file with several keys it takes the first one
/// that has the needed part. Errors as PublicKey::load.
[[nodiscard]] Result<std::shared_ptr<const NativeKey>> read_key(
    Bytes file, const std::optional<Secret>& passphrase, KeyPart part);

/// Checks kind, size and exponent of a fresh handle. Errors as PublicKey::load.
[[nodiscard]] Result<std::shared_ptr<const NativeKey>> adopt(EvpKey handle, bool has_private);

}  // namespace otatool::signing
