#include "cli/doctor/advice.hpp"

#include <gmock/gmock.h>

namespace otatool::cli {
namespace {

using doctor::Advice;
using testing::HasSubstr;

TEST(DoctorAdvice, NamesTheOptionThatHelps) {
  EXPECT_THAT(advice_text(Advice::OpenTcpPort), HasSubstr("--host-port"));
  EXPECT_THAT(advice_text(Advice::OpenMdnsAndTcpPort), HasSubstr("--host-port"));
  EXPECT_THAT(advice_text(Advice::OpenMdnsPort), HasSubstr("5353"));
  EXPECT_THAT(advice_text(Advice::AvoidTunnel), HasSubstr("--bind"));
}

TEST(DoctorAdvice, EveryCodeHasAText) {
  EXPECT_EQ(advice_text(Advice::None), "");
  for (int code = 1; code <= static_cast<int>(Advice::StartReceiver); ++code) {
    EXPECT_NE(advice_text(static_cast<Advice>(code)), "") << code;
  }
}

}  // namespace
}  // namespace otatool::cli
