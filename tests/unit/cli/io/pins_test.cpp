#include "cli/io/pins.hpp"

#include <gtest/gtest.h>

#include "cli/io/printable.hpp"

namespace otatool::cli {
namespace {

TEST(Pins, AreHiddenInPkcs11Uris) {
  EXPECT_EQ(without_pins("cannot open 'pkcs11:token=t;object=k?pin-value=1234': no such file"),
            "cannot open 'pkcs11:token=t;object=k?pin-value=***': no such file");
  EXPECT_EQ(without_pins("pkcs11:a?pin-source=file:/x&pin-value=12%3B4"),
            "pkcs11:a?pin-source=***&pin-value=***");
  EXPECT_EQ(without_pins("pin-value=a pin-value=b;pin-value="),
            "pin-value=*** pin-value=***;pin-value=***");
  EXPECT_EQ(without_pins("{\"key\":\"pkcs11:?pin-value=1\"}"),
            "{\"key\":\"pkcs11:?pin-value=***\"}");
  EXPECT_EQ(without_pins("firmware.bin"), "firmware.bin");
}

TEST(Pins, AreHiddenWhereverTextIsPrinted) {
  EXPECT_EQ(printable("pkcs11:?pin-value=1234"), "pkcs11:?pin-value=***");
  EXPECT_EQ(printable_lines("a\npin-value=1234\nb"), "a\npin-value=***\nb");
}

}  // namespace
}  // namespace otatool::cli
