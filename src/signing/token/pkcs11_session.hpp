// Tokens of a PKCS#11 module, and a session with one of them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "otatool/bytes.hpp"
#include "otatool/result.hpp"
#include "otatool/secret.hpp"
#include "otatool/signing/key.hpp"
#include "otatool/signing/pkcs11_uri.hpp"

#include "signing/token/pkcs11_module.hpp"

namespace otatool::signing {

struct Token {
  CK_SLOT_ID slot = 0;
  std::string label;
  std::string manufacturer;
  std::string model;
  std::string serial;
  CK_FLAGS flags = 0;

  /// As a URI of token and serial number.
  [[nodiscard]] std::string uri() const;
};

/// The initialised tokens that match the token attributes of `uri`. SignerFailed.
[[nodiscard]] Result<std::vector<Token>> matching_tokens(const Module& module,
                                                         const Pkcs11Uri& uri);

class Session {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Session>> open(std::shared_ptr<const Module> module,
                                                             Token token);
  Session(std::shared_ptr<const Module> module, Token token, CK_SESSION_HANDLE handle);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session();

  [[nodiscard]] const Token& token() const { return token_; }
  [[nodiscard]] bool needs_pin() const;

  /// Presents the PIN once; none at all for a token with its own keypad. `user` is CKU_USER, or
  /// CKU_CONTEXT_SPECIFIC for one signature. PinRefused, TokenLocked or SignerFailed.
  [[nodiscard]] Result<void> login(CK_USER_TYPE user, const Secret& pin);

  /// The visible objects of this class with this label and id; nothing matches every object.
  [[nodiscard]] std::vector<CK_OBJECT_HANDLE> objects(CK_OBJECT_CLASS object_class,
                                                      const std::optional<std::string>& label,
                                                      const std::optional<std::string>& id) const;
  /// Nothing if the object does not have or show the attribute.
  [[nodiscard]] std::optional<std::vector<std::uint8_t>> attribute(CK_OBJECT_HANDLE object,
                                                                   CK_ATTRIBUTE_TYPE type) const;
  /// `pin` only for a key that wants it for each signature. SignerFailed and errors of login.
  [[nodiscard]] Result<std::vector<std::uint8_t>> sign(CK_OBJECT_HANDLE key,
                                                       CK_MECHANISM mechanism,
                                                       Bytes data,
                                                       const Secret* pin);

 private:
  std::shared_ptr<const Module> module_;
  Token token_;
  CK_SESSION_HANDLE handle_;
};

}  // namespace otatool::signing
