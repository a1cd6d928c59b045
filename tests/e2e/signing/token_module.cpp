// A PKCS#11 module: SoftHSM, but C_Login writes a line for each attempt to the file $LOGIN_LOG, and
// $LOGIN_STATE locks the token: `refuses` (C_Login says so) or `flag` (the token says so before).
#include <cstdlib>
#include <dlfcn.h>
#include <fstream>
#include <p11-kit/pkcs11.h>
#include <string_view>

namespace {

CK_FUNCTION_LIST softhsm = {};
CK_FUNCTION_LIST counting = {};

bool state_is(std::string_view state) {
  const char* const wanted = std::getenv("LOGIN_STATE");
  return wanted != nullptr && state == wanted;
}

CK_RV login(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR_PTR pin, CK_ULONG size) {
  std::ofstream(std::getenv("LOGIN_LOG"), std::ios::app) << "attempt\n";
  return state_is("refuses") ? CKR_PIN_LOCKED : softhsm.C_Login(session, user, pin, size);
}

CK_RV token_info(CK_SLOT_ID slot, CK_TOKEN_INFO* info) {
  const CK_RV result = softhsm.C_GetTokenInfo(slot, info);
  if (result == CKR_OK && state_is("flag")) {
    info->flags |= CKF_USER_PIN_LOCKED;
  }
  return result;
}

}  // namespace

extern "C" CK_RV C_GetFunctionList(CK_FUNCTION_LIST** list) {
  void* const library = dlopen("/usr/lib/softhsm/libsofthsm2.so", RTLD_NOW | RTLD_LOCAL);
  const auto get_list =
      library == nullptr
          ? nullptr
          : reinterpret_cast<CK_C_GetFunctionList>(dlsym(library, "C_GetFunctionList"));
  CK_FUNCTION_LIST* found = nullptr;
  if (get_list == nullptr || get_list(&found) != CKR_OK) {
    return CKR_GENERAL_ERROR;
  }
  softhsm = *found;
  counting = *found;
  counting.C_Login = login;
  counting.C_GetTokenInfo = token_info;
  *list = &counting;
  return CKR_OK;
}
