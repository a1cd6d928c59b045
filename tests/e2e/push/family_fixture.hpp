// `otatool push` to a device of one family.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/e2e/push/family_program.hpp"
#include "tests/e2e/push/push_fixture.hpp"

namespace otatool::test {

class PushFamily : public PushCommand {
 protected:
  void use(const std::string& name, const support::Blob& bytes) {
    image_.assign(bytes.begin(), bytes.end());
    path_ = folder_.write(name, image_);
  }
  [[nodiscard]] Outcome push_to(const FamilyDevice& device,
                                Words options,
                                std::string_view password = {}) const {
    options.insert(options.begin(), {device.url(), "--retries", "0"});
    return run(push_call(options, password));
  }
  [[nodiscard]] std::string stored(const std::string& kind = "firmware") const {
    return "image " + kind + whole_image().substr(0, whole_image().size() - 1) + "\n";
  }
};

}  // namespace otatool::test
