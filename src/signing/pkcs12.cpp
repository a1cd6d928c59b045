#include "signing/pkcs12.hpp"

#include <string_view>
#include <utility>
#include <vector>

#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

namespace otatool::signing {
namespace {

using Native = std::shared_ptr<const NativeKey>;
using File = std::unique_ptr<PKCS12, Freed<PKCS12_free>>;
using Pkcs8 = std::unique_ptr<PKCS8_PRIV_KEY_INFO, Freed<PKCS8_PRIV_KEY_INFO_free>>;

struct FreedSafes {
  void operator()(STACK_OF(PKCS7) * safes) const { sk_PKCS7_pop_free(safes, PKCS7_free); }
};
using Safes = std::unique_ptr<STACK_OF(PKCS7), FreedSafes>;

struct FreedBags {
  void operator()(STACK_OF(PKCS12_SAFEBAG) * bags) const {
    sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
  }
};
using Bags = std::unique_ptr<STACK_OF(PKCS12_SAFEBAG), FreedBags>;

File parse(Bytes der) {
  const unsigned char* at = der.data();
  File file(d2i_PKCS12(nullptr, &at, static_cast<long>(der.size())));
  if (file != nullptr && at != der.data() + der.size()) {
    file.reset();
  }
  ERR_clear_error();
  return file;
}

/// A file without a passphrase uses none or an empty one, which differ.
struct Passphrase {
  const char* text = nullptr;
  int size = 0;
};

/// The passphrase that matches the MAC of the file; without a MAC the first one to try.
std::optional<Passphrase> find_passphrase(PKCS12* file, const std::optional<Secret>& given) {
  std::vector<Passphrase> candidates = {{nullptr, 0}, {"", 0}};
  if (given) {
    const std::string_view text = given->reveal();
    candidates.insert(candidates.begin(), {text.data(), static_cast<int>(text.size())});
  }
  for (const Passphrase& each : candidates) {
    if (PKCS12_mac_present(file) == 0 || PKCS12_verify_mac(file, each.text, each.size) == 1) {
      return each;
    }
  }
  return std::nullopt;
}

/// The bags of one safe; null for a safe whose cipher is not supported, which may still leave the
/// key in another safe readable.
Bags open_safe(PKCS7* safe, const Passphrase& passphrase) {
  if (PKCS7_type_is_data(safe)) {
    return Bags(PKCS12_unpack_p7data(safe));
  }
  return PKCS7_type_is_encrypted(safe)
             ? Bags(PKCS12_unpack_p7encdata(safe, passphrase.text, passphrase.size))
             : nullptr;
}

EvpKey key_of(const PKCS12_SAFEBAG* bag, const Passphrase& passphrase) {
  switch (PKCS12_SAFEBAG_get_nid(bag)) {
    case NID_keyBag:
      return EvpKey(EVP_PKCS82PKEY(PKCS12_SAFEBAG_get0_p8inf(bag)));
    case NID_pkcs8ShroudedKeyBag: {
      const Pkcs8 info(PKCS12_decrypt_skey(bag, passphrase.text, passphrase.size));
      return EvpKey(info == nullptr ? nullptr : EVP_PKCS82PKEY(info.get()));
    }
    default:
      return nullptr;
  }
}

EvpKey find_key(PKCS12* file, const Passphrase& passphrase) {
  const Safes safes(PKCS12_unpack_authsafes(file));
  for (int i = 0; i < sk_PKCS7_num(safes.get()); ++i) {
    const Bags bags = open_safe(sk_PKCS7_value(safes.get(), i), passphrase);
    for (int k = 0; k < sk_PKCS12_SAFEBAG_num(bags.get()); ++k) {
      if (EvpKey key = key_of(sk_PKCS12_SAFEBAG_value(bags.get(), k), passphrase)) {
        return key;
      }
    }
  }
  return nullptr;
}

}  // namespace

std::optional<Result<Native>> read_pkcs12(Bytes der, const std::optional<Secret>& passphrase) {
  const File file = parse(der);
  if (file == nullptr) {
    return std::nullopt;
  }
  const auto opened_by = find_passphrase(file.get(), passphrase);
  EvpKey key = opened_by ? find_key(file.get(), *opened_by) : nullptr;
  ERR_clear_error();
  if (key != nullptr) {
    return adopt(std::move(key), true);
  }
  if (!passphrase) {
    return fail(Errc::PassphraseNeeded, "the PKCS#12 file is protected by a passphrase");
  }
  if (!opened_by) {
    return fail(Errc::KeyUnusable, "the passphrase does not open the PKCS#12 file");
  }
  return fail(Errc::KeyUnusable,
              "the PKCS#12 file has no private key, or protects it by an outdated cipher");
}

}  // namespace otatool::signing
