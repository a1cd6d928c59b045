// Loads a PKCS#11 module and names the errors of its functions.
#pragma once

#include <memory>
#include <optional>
#include <p11-kit/pkcs11.h>
#include <string>
#include <string_view>

#include "otatool/result.hpp"

namespace otatool::signing {

/// A module that is loaded and initialised. The destructor ends its use but keeps it loaded.
class Module {
 public:
  /// The shared library at `path`, or p11-kit's proxy for all modules that the system knows.
  /// ModuleMissing.
  [[nodiscard]] static Result<std::shared_ptr<const Module>> load(
      const std::optional<std::string>& path);

  explicit Module(CK_FUNCTION_LIST* functions) : functions_(functions) {}
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;
  ~Module();

  [[nodiscard]] const CK_FUNCTION_LIST& functions() const { return *functions_; }

 private:
  CK_FUNCTION_LIST* functions_;
};

/// SignerFailed: `what` failed with the code `result` of a PKCS#11 function.
[[nodiscard]] tl::unexpected<Error> module_failure(std::string_view what, CK_RV result);

}  // namespace otatool::signing
