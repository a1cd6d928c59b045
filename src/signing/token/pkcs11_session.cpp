#include "signing/token/pkcs11_session.hpp"

#include <array>
#include <utility>

namespace otatool::signing {
namespace {

/// A text of fixed length, padded with blanks.
template <std::size_t Size>
std::string unpadded(const unsigned char (&text)[Size]) {
  const std::string_view padded = as_text(Bytes(text));
  return std::string(padded.substr(0, padded.find_last_not_of(std::string_view(" \0", 2)) + 1));
}

std::optional<Token> read_token(const CK_FUNCTION_LIST& functions, CK_SLOT_ID slot) {
  CK_TOKEN_INFO info{};
  if (functions.C_GetTokenInfo(slot, &info) != CKR_OK ||
      (info.flags & CKF_TOKEN_INITIALIZED) == 0) {
    return std::nullopt;
  }
  return Token{.slot = slot,
               .label = unpadded(info.label),
               .manufacturer = unpadded(info.manufacturerID),
               .model = unpadded(info.model),
               .serial = unpadded(info.serialNumber),
               .flags = info.flags};
}

bool is_wanted(const std::optional<std::string>& wanted, const std::string& value) {
  return !wanted || *wanted == value;
}

/// The state of the PIN after a wrong one.
std::string remaining_tries(CK_FLAGS flags) {
  if ((flags & CKF_USER_PIN_FINAL_TRY) != 0) {
    return "; the next wrong PIN locks it";
  }
  return (flags & CKF_USER_PIN_COUNT_LOW) != 0 ? "; wrong PINs are counted" : "";
}

}  // namespace

std::string Token::uri() const {
  return "pkcs11:" + pkcs11_attribute("token", label) + ";" + pkcs11_attribute("serial", serial);
}

Result<std::vector<Token>> matching_tokens(const Module& module, const Pkcs11Uri& uri) {
  const CK_FUNCTION_LIST& functions = module.functions();
  CK_ULONG count = 0;
  CK_RV listed = functions.C_GetSlotList(CK_TRUE, nullptr, &count);
  std::vector<CK_SLOT_ID> slots(count);
  if (listed == CKR_OK && count != 0) {
    listed = functions.C_GetSlotList(CK_TRUE, slots.data(), &count);
  }
  if (listed != CKR_OK) {
    return module_failure("listing the tokens", listed);
  }
  slots.resize(count);
  std::vector<Token> tokens;
  for (const CK_SLOT_ID slot : slots) {
    auto token = read_token(functions, slot);
    if (token && is_wanted(uri.token, token->label) &&
        is_wanted(uri.manufacturer, token->manufacturer) && is_wanted(uri.model, token->model) &&
        is_wanted(uri.serial, token->serial)) {
      tokens.push_back(*std::move(token));
    }
  }
  return tokens;
}

Result<std::unique_ptr<Session>> Session::open(std::shared_ptr<const Module> module, Token token) {
  CK_SESSION_HANDLE handle = 0;
  const CK_RV opened =
      module->functions().C_OpenSession(token.slot, CKF_SERIAL_SESSION, nullptr, nullptr, &handle);
  if (opened != CKR_OK) {
    return module_failure("opening the token '" + token.label + "'", opened);
  }
  return std::make_unique<Session>(std::move(module), std::move(token), handle);
}

Session::Session(std::shared_ptr<const Module> module, Token token, CK_SESSION_HANDLE handle)
    : module_(std::move(module)), token_(std::move(token)), handle_(handle) {}

Session::~Session() {
  module_->functions().C_CloseSession(handle_);
}

bool Session::needs_pin() const {
  return (token_.flags & CKF_LOGIN_REQUIRED) != 0;
}

Result<void> Session::login(CK_USER_TYPE user, const Secret& pin) {
  const std::string name = "the token '" + token_.label + "'";
  if ((token_.flags & CKF_USER_PIN_LOCKED) != 0) {
    return fail(Errc::TokenLocked, name + " is locked after too many wrong PINs");
  }
  const bool keypad = (token_.flags & CKF_PROTECTED_AUTHENTICATION_PATH) != 0;
  std::string text(pin.reveal());  // the function wants characters that are not constant
  const CK_RV result = module_->functions().C_Login(
      handle_,
      user,
      keypad ? nullptr : reinterpret_cast<CK_UTF8CHAR_PTR>(text.data()),
      keypad ? 0 : text.size());
  Secret::cleanse(text);
  switch (result) {
    case CKR_OK:
    case CKR_USER_ALREADY_LOGGED_IN:
      return {};
    case CKR_PIN_INCORRECT:
    case CKR_PIN_INVALID:
    case CKR_PIN_LEN_RANGE: {
      const auto now = read_token(module_->functions(), token_.slot);
      return fail(Errc::PinRefused,
                  name + " refuses the PIN" + (now ? remaining_tries(now->flags) : ""));
    }
    case CKR_PIN_LOCKED:
      return fail(Errc::TokenLocked, name + " is locked after too many wrong PINs");
    case CKR_USER_PIN_NOT_INITIALIZED:
      return fail(Errc::TokenLocked, name + " has no user PIN yet");
    case CKR_PIN_EXPIRED:
      return fail(Errc::TokenLocked, name + " wants a new PIN first");
    default:
      return module_failure("logging in to " + name, result);
  }
}

std::vector<CK_OBJECT_HANDLE> Session::objects(CK_OBJECT_CLASS object_class,
                                               const std::optional<std::string>& label,
                                               const std::optional<std::string>& id) const {
  std::vector<CK_ATTRIBUTE> wanted = {{CKA_CLASS, &object_class, sizeof object_class}};
  std::string label_bytes = label.value_or("");
  std::string id_bytes = id.value_or("");
  if (label) {
    wanted.push_back({CKA_LABEL, label_bytes.data(), label_bytes.size()});
  }
  if (id) {
    wanted.push_back({CKA_ID, id_bytes.data(), id_bytes.size()});
  }
  const CK_FUNCTION_LIST& functions = module_->functions();
  std::vector<CK_OBJECT_HANDLE> found;
  if (functions.C_FindObjectsInit(handle_, wanted.data(), wanted.size()) != CKR_OK) {
    return found;
  }
  std::array<CK_OBJECT_HANDLE, 16> some{};
  CK_ULONG count = some.size();
  while (functions.C_FindObjects(handle_, some.data(), some.size(), &count) == CKR_OK &&
         count != 0) {
    found.insert(found.end(), some.begin(), some.begin() + static_cast<std::ptrdiff_t>(count));
  }
  functions.C_FindObjectsFinal(handle_);
  return found;
}

std::optional<std::vector<std::uint8_t>> Session::attribute(CK_OBJECT_HANDLE object,
                                                            CK_ATTRIBUTE_TYPE type) const {
  constexpr CK_ULONG kLargest = 65536;
  const CK_FUNCTION_LIST& functions = module_->functions();
  CK_ATTRIBUTE wanted{type, nullptr, 0};
  if (functions.C_GetAttributeValue(handle_, object, &wanted, 1) != CKR_OK ||
      wanted.ulValueLen > kLargest) {
    return std::nullopt;
  }
  std::vector<std::uint8_t> value(wanted.ulValueLen);
  wanted.pValue = value.data();
  if (functions.C_GetAttributeValue(handle_, object, &wanted, 1) != CKR_OK) {
    return std::nullopt;
  }
  value.resize(wanted.ulValueLen);
  return value;
}

Result<std::vector<std::uint8_t>> Session::sign(CK_OBJECT_HANDLE key,
                                                CK_MECHANISM mechanism,
                                                Bytes data,
                                                const Secret* pin) {
  constexpr std::string_view kWhat = "signing in the token";
  const CK_FUNCTION_LIST& functions = module_->functions();
  if (const CK_RV begun = functions.C_SignInit(handle_, &mechanism, key); begun != CKR_OK) {
    return module_failure(kWhat, begun);
  }
  if (pin != nullptr) {
    TRY_VOID(login(CKU_CONTEXT_SPECIFIC, *pin));
  }
  std::vector<std::uint8_t> input(data.begin(), data.end());
  std::vector<std::uint8_t> signature(kMaxRsaBits / 8);
  CK_ULONG size = signature.size();
  const CK_RV made = functions.C_Sign(handle_, input.data(), input.size(), signature.data(), &size);
  if (made != CKR_OK) {
    return module_failure(kWhat, made);
  }
  signature.resize(size);
  return signature;
}

}  // namespace otatool::signing
