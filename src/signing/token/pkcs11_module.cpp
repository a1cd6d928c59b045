#include "signing/token/pkcs11_module.hpp"

#include <algorithm>
#include <array>
#include <dlfcn.h>
#include <utility>

#include "otatool/bytes.hpp"

namespace otatool::signing {
namespace {

constexpr const char* kProxy = "p11-kit-proxy.so";

/// The codes that a user may meet.
constexpr std::array<std::pair<CK_RV, std::string_view>, 15> kResultNames = {
    {{CKR_HOST_MEMORY, "no memory"},
     {CKR_GENERAL_ERROR, "general error"},
     {CKR_FUNCTION_FAILED, "function failed"},
     {CKR_DATA_LEN_RANGE, "data of the wrong length"},
     {CKR_DEVICE_ERROR, "device error"},
     {CKR_DEVICE_MEMORY, "no memory in the device"},
     {CKR_DEVICE_REMOVED, "device removed"},
     {CKR_FUNCTION_CANCELED, "cancelled"},
     {CKR_FUNCTION_NOT_SUPPORTED, "function not supported"},
     {CKR_KEY_FUNCTION_NOT_PERMITTED, "the key may not sign"},
     {CKR_KEY_TYPE_INCONSISTENT, "wrong type of key"},
     {CKR_MECHANISM_INVALID, "the token does not support this kind of signature"},
     {CKR_MECHANISM_PARAM_INVALID, "the token does not support this hash or salt"},
     {CKR_TOKEN_NOT_PRESENT, "no token"},
     {CKR_USER_NOT_LOGGED_IN, "not logged in"}}};

}  // namespace

Result<std::shared_ptr<const Module>> Module::load(const std::optional<std::string>& path) {
  const auto missing = [&](const std::string& why) {
    return fail(Errc::ModuleMissing,
                path ? "cannot load the PKCS#11 module '" + *path + "': " + why
                     : "p11-kit is not installed, which knows the PKCS#11 modules: " + why);
  };
  void* const library = dlopen(path ? path->c_str() : kProxy, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    return missing(dlerror());
  }
  const auto get_list = reinterpret_cast<CK_C_GetFunctionList>(dlsym(library, "C_GetFunctionList"));
  CK_FUNCTION_LIST* functions = nullptr;
  if (get_list == nullptr || get_list(&functions) != CKR_OK || functions == nullptr) {
    return missing("it is not a PKCS#11 module");
  }
  const CK_RV started = functions->C_Initialize(nullptr);
  if (started != CKR_OK && started != CKR_CRYPTOKI_ALREADY_INITIALIZED) {
    return missing(module_failure("C_Initialize", started).value().message());
  }
  return std::make_shared<const Module>(functions);
}

Module::~Module() {
  functions_->C_Finalize(nullptr);
}

tl::unexpected<Error> module_failure(std::string_view what, CK_RV result) {
  const auto* const known =
      std::ranges::find(kResultNames, result, &std::pair<CK_RV, std::string_view>::first);
  std::string text = std::string(what) + " failed: ";
  if (known != kResultNames.end()) {
    text += known->second;
  } else {
    const std::array<std::uint8_t, 4> digits = {static_cast<std::uint8_t>(result >> 24U),
                                                static_cast<std::uint8_t>(result >> 16U),
                                                static_cast<std::uint8_t>(result >> 8U),
                                                static_cast<std::uint8_t>(result)};
    text += "PKCS#11 error 0x" + to_hex(digits);
  }
  return fail(Errc::SignerFailed, std::move(text));
}

}  // namespace otatool::signing
