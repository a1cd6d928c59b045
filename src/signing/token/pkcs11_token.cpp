#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "otatool/signing/signed_image.hpp"
#include "otatool/signing/token.hpp"
#include "otatool/wire/image_trailer.hpp"

#include "signing/native_key.hpp"
#include "signing/native_numbers.hpp"
#include "signing/signature.hpp"
#include "signing/token/pkcs11_module.hpp"
#include "signing/token/pkcs11_session.hpp"

namespace otatool::signing {
namespace {

/// Longer lists are cut.
constexpr std::size_t kMostListed = 8;

std::string joined_texts(const std::vector<std::string>& texts) {
  std::string joined;
  for (std::size_t i = 0; i < std::min(texts.size(), kMostListed); ++i) {
    joined += (i == 0 ? "" : ", ") + texts[i];
  }
  return joined + (texts.size() > kMostListed ? ", ..." : "");
}

std::string_view key_word(CK_OBJECT_CLASS object_class) {
  return object_class == CKO_PRIVATE_KEY ? "private key" : "public key";
}

using Sessions = std::vector<std::unique_ptr<Session>>;

bool shows_key(const Session& session, const Pkcs11Uri& uri) {
  return !session.objects(CKO_PUBLIC_KEY, uri.object, uri.id).empty() ||
         !session.objects(CKO_PRIVATE_KEY, uri.object, uri.id).empty();
}

/// The one token that matches, or the one of them that shows a matching key without a PIN. No PIN
/// is ever tried on several tokens.
Result<std::unique_ptr<Session>> open_session(const Pkcs11Uri& uri) {
  TRY(const auto module, Module::load(uri.module_path));
  TRY(auto tokens, matching_tokens(*module, uri));
  Sessions all;
  for (Token& token : tokens) {
    TRY(auto session, Session::open(module, std::move(token)));
    all.push_back(std::move(session));
  }
  if (all.size() == 1) {
    return std::move(all.front());
  }
  Sessions showing;
  for (auto& session : all) {
    if (shows_key(*session, uri)) {
      showing.push_back(std::move(session));
    }
  }
  if (showing.size() == 1) {
    return std::move(showing.front());
  }
  if (all.empty()) {
    return fail(Errc::TokenKey, "no token matches the PKCS#11 URI");
  }
  std::vector<std::string> names;
  for (const auto& session : showing.empty() ? all : showing) {
    if (session != nullptr) {
      names.push_back(session->token().uri());
    }
  }
  return fail(Errc::TokenKey,
              "the PKCS#11 URI matches " + std::to_string(names.size()) +
                  " tokens: " + joined_texts(names));
}

/// The label and the id of keys, as attributes of URIs.
std::string key_list(const Session& session, const std::vector<CK_OBJECT_HANDLE>& keys) {
  std::vector<std::string> names;
  for (const CK_OBJECT_HANDLE key : keys) {
    const auto label = session.attribute(key, CKA_LABEL).value_or(std::vector<std::uint8_t>());
    const auto id = session.attribute(key, CKA_ID).value_or(std::vector<std::uint8_t>());
    names.push_back(pkcs11_attribute("object", as_text(label)) + ";" +
                    pkcs11_attribute("id", as_text(id)));
  }
  return joined_texts(names);
}

Result<CK_OBJECT_HANDLE> find_key(const Session& session,
                                  const Pkcs11Uri& uri,
                                  CK_OBJECT_CLASS object_class) {
  const auto found = session.objects(object_class, uri.object, uri.id);
  if (found.size() == 1) {
    return found.front();
  }
  const std::string where = "the token '" + session.token().label + "'";
  const std::string word(key_word(object_class));
  if (!found.empty()) {
    return fail(Errc::TokenKey,
                where + " has " + std::to_string(found.size()) + " " + word +
                    "s that match the PKCS#11 URI: " + key_list(session, found));
  }
  const std::string others = key_list(session, session.objects(object_class, {}, {}));
  return fail(Errc::TokenKey,
              where + " has no " + word + " that matches the PKCS#11 URI" +
                  (others.empty() ? "" : "; it has " + others));
}

/// CKA_EC_POINT is a DER OCTET STRING; some modules leave out its header.
Bytes without_octet_header(Bytes point) {
  const bool wrapped =
      point.size() > 2 && point[0] == 0x04 && point[1] == point.size() - 2 && point[2] == 0x04;
  return wrapped ? point.subspan(2) : point;
}

/// Null for a curve that is not P-256 or P-384, or a damaged point.
EvpKey ec_of_attributes(Bytes parameters, Bytes point) {
  // The DER forms of the OIDs of the two curves (RFC 5480, 2.1.1.1).
  constexpr std::array<std::uint8_t, 10> kP256 = {
      0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07};
  constexpr std::array<std::uint8_t, 7> kP384 = {0x06, 0x05, 0x2B, 0x81, 0x04, 0x00, 0x22};
  if (std::ranges::equal(parameters, kP256)) {
    return ec_of_point("prime256v1", without_octet_header(point));
  }
  return std::ranges::equal(parameters, kP384)
             ? ec_of_point("secp384r1", without_octet_header(point))
             : nullptr;
}

/// The public numbers of a public key, or of a private RSA key.
Result<PublicKey> public_numbers(const Session& session, CK_OBJECT_HANDLE key) {
  EvpKey handle;
  const auto modulus = session.attribute(key, CKA_MODULUS);
  const auto exponent = session.attribute(key, CKA_PUBLIC_EXPONENT);
  const auto parameters = session.attribute(key, CKA_EC_PARAMS);
  const auto point = session.attribute(key, CKA_EC_POINT);
  if (modulus && exponent) {
    handle = rsa_of_numbers(*modulus, *exponent);
  } else if (parameters && point) {
    handle = ec_of_attributes(*parameters, *point);
  }
  if (handle == nullptr) {
    return fail(Errc::KeyWrongKind, "the key in the token is neither RSA nor EC P-256 or P-384");
  }
  return adopt(std::move(handle), false).map([](auto native) {
    return PublicKey(std::move(native));
  });
}

/// The public half of a private key: the public key with the same id, else the numbers in it.
Result<PublicKey> public_half_of(const Session& session, CK_OBJECT_HANDLE key) {
  const auto id = session.attribute(key, CKA_ID);
  const auto found = id && !id->empty()
                         ? session.objects(CKO_PUBLIC_KEY, std::nullopt, std::string(as_text(*id)))
                         : std::vector<CK_OBJECT_HANDLE>();
  if (!found.empty()) {
    return public_numbers(session, found.front());
  }
  if (session.attribute(key, CKA_MODULUS)) {
    return public_numbers(session, key);
  }
  return fail(Errc::TokenKey,
              "the token has no public key beside this private key: " + key_list(session, {key}));
}

CK_RSA_PKCS_PSS_PARAMS pss_parameters(const Digest& digest, std::size_t salt) {
  switch (digest.algorithm) {
    case HashAlgorithm::Sha384:
      return {CKM_SHA384, CKG_MGF1_SHA384, salt};
    case HashAlgorithm::Sha512:
      return {CKM_SHA512, CKG_MGF1_SHA512, salt};
    case HashAlgorithm::Sha256:
      break;
  }
  return {CKM_SHA256, CKG_MGF1_SHA256, salt};
}

class TokenSigner final : public Signer {
 public:
  TokenSigner(std::unique_ptr<Session> session,
              CK_OBJECT_HANDLE key,
              PublicKey public_half,
              std::optional<Secret> pin)
      : session_(std::move(session)),
        key_(key),
        public_half_(std::move(public_half)),
        pin_(std::move(pin)) {}

  [[nodiscard]] const PublicKey& public_half() const override { return public_half_; }

  [[nodiscard]] Result<std::vector<std::uint8_t>> raw_signature(const Digest& digest,
                                                                SignatureForm form) const override {
    if (!public_half_.is_rsa()) {
      return sign({CKM_ECDSA, nullptr, 0}, digest.bytes());
    }
    std::vector<std::uint8_t> data(digest.bytes().begin(), digest.bytes().end());
    if (form == SignatureForm::Esp8266Legacy) {
      return sign({CKM_RSA_PKCS, nullptr, 0}, data);
    }
    if (form == SignatureForm::Esp8266) {
      data.insert(
          data.begin(), std::begin(wire::kSha256DigestInfo), std::end(wire::kSha256DigestInfo));
      return sign({CKM_RSA_PKCS, nullptr, 0}, data);
    }
    CK_RSA_PKCS_PSS_PARAMS pss =
        pss_parameters(digest, salt_size(public_half_.native(), form, digest.size));
    return sign({CKM_RSA_PKCS_PSS, &pss, sizeof pss}, data);
  }

 private:
  [[nodiscard]] Result<std::vector<std::uint8_t>> sign(CK_MECHANISM mechanism, Bytes data) const {
    return session_->sign(key_, mechanism, data, pin_ ? &*pin_ : nullptr);
  }

  std::unique_ptr<Session> session_;
  CK_OBJECT_HANDLE key_;
  PublicKey public_half_;
  std::optional<Secret> pin_;  ///< only for a key that wants it for each signature
};

bool wants_pin_each_time(const Session& session, CK_OBJECT_HANDLE key) {
  const auto value = session.attribute(key, CKA_ALWAYS_AUTHENTICATE);
  return value && value->size() == 1 && value->front() != 0;
}

}  // namespace

Result<PublicKey> read_token_key(const Pkcs11Uri& uri) {
  TRY(const auto session, open_session(uri));
  TRY(const auto key, find_key(*session, uri, CKO_PUBLIC_KEY));
  return public_numbers(*session, key);
}

Result<std::unique_ptr<Signer>> open_token_key(const Pkcs11Uri& uri, const AskPin& ask_pin) {
  TRY(auto session, open_session(uri));
  std::optional<Secret> pin;
  if (session->needs_pin()) {
    TRY(pin, ask_pin(session->token().label));
    TRY_VOID(session->login(CKU_USER, *pin));
  }
  TRY(const auto key, find_key(*session, uri, CKO_PRIVATE_KEY));
  TRY(auto public_half, public_half_of(*session, key));
  if (!wants_pin_each_time(*session, key)) {
    pin.reset();
  }
  return std::make_unique<TokenSigner>(
      std::move(session), key, std::move(public_half), std::move(pin));
}

}  // namespace otatool::signing
