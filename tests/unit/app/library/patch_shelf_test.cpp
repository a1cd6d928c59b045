#include "app/library/patch_shelf.hpp"

#include <gtest/gtest.h>

#include "otatool/bytes.hpp"
#include "otatool/delta/patch.hpp"
#include "otatool/espota/digest.hpp"
#include "otatool/http/content.hpp"

#include "app/library/served_file.hpp"
#include "tests/support/code_like.hpp"
#include "tests/support/temporary_folder.hpp"

namespace otatool::app {
namespace {

using Image = std::vector<std::uint8_t>;
constexpr delta::Digests kDigests{espota::sha256_hex, espota::md5_hex};

class PatchShelfTest : public ::testing::Test {
 protected:
  PatchShelfTest() { new_[500] ^= 1U; }

  static http::RunningImage running(const Image& image) {
    return {static_cast<std::uint32_t>(image.size()), espota::sha256_hex(image)};
  }
  static http::ServedFile served(const Image& image) {
    http::ServedFile file;
    file.kind = http::FileKind::Firmware;
    file.whole = *deliverable(image);
    return file;
  }
  /// Polls until the shelf has finished its orders.
  static std::shared_ptr<const http::Deliverable> wait(PatchShelf& shelf,
                                                       const http::RunningImage& from,
                                                       const http::ServedFile& to) {
    std::shared_ptr<const http::Deliverable> patch = shelf.find(from, to);
    while (!patch && shelf.busy()) {
      shelf.poll();
      patch = shelf.find(from, to);
    }
    return patch;
  }
  [[nodiscard]] PatchShelf shelf(bool even_larger = false) const {
    return {{folder_.path().string()}, even_larger};
  }

  test::TemporaryFolder folder_;
  const Image old_ = test::code_like(5'000, 1);
  Image new_ = old_;
};

TEST_F(PatchShelfTest, HasThePatchSomeTimeAfterTheFirstRequest) {
  folder_.write("old.bin", as_text(old_));
  PatchShelf patches = shelf();
  const http::ServedFile file = served(new_);
  EXPECT_EQ(patches.find(running(old_), file), nullptr);
  const auto patch = wait(patches, running(old_), file);
  ASSERT_NE(patch, nullptr);
  EXPECT_EQ(delta::apply(old_, patch->content->bytes(), kDigests), new_);
  EXPECT_EQ(patch->md5, espota::md5_hex(patch->content->bytes()));
  EXPECT_EQ(patches.find(running(old_), file), patch) << "it is kept";
  EXPECT_FALSE(patches.busy());
}

TEST_F(PatchShelfTest, ASignatureMayFollowTheOldImage) {
  Image signed_image = old_;
  signed_image.insert(signed_image.end(), 260, 9);
  folder_.write("old.bin.signed", as_text(signed_image));
  PatchShelf patches = shelf();
  EXPECT_NE(wait(patches, running(old_), served(new_)), nullptr);
}

TEST_F(PatchShelfTest, HasNoneForAnUnknownImage) {
  folder_.write("new.bin", as_text(new_));
  PatchShelf patches = shelf();
  EXPECT_EQ(wait(patches, running(old_), served(new_)), nullptr);
  EXPECT_FALSE(patches.busy()) << "the answer is kept";
}

TEST_F(PatchShelfTest, LooksAgainForAnImageThatWasMissing) {
  PatchShelf patches = shelf();
  EXPECT_EQ(wait(patches, running(old_), served(new_)), nullptr);
  folder_.write("old.bin", as_text(old_));
  for (int i = 0; i < 400; ++i) {
    patches.poll();
  }
  EXPECT_NE(wait(patches, running(old_), served(new_)), nullptr);
}

TEST_F(PatchShelfTest, KeepsOnlySmallerPatches) {
  folder_.write("old.bin", as_text(old_));
  const Image other = test::code_like(50, 2);
  PatchShelf patches = shelf();
  EXPECT_EQ(wait(patches, running(old_), served(other)), nullptr);
  PatchShelf all = shelf(true);
  EXPECT_NE(wait(all, running(old_), served(other)), nullptr);
}

TEST_F(PatchShelfTest, HasNoneForFilesystemsAndSignedPackages) {
  folder_.write("old.bin", as_text(old_));
  PatchShelf patches = shelf();
  http::ServedFile file = served(new_);
  file.kind = http::FileKind::Filesystem;
  EXPECT_EQ(patches.find(running(old_), file), nullptr);
  file.kind = http::FileKind::Firmware;
  file.package = true;
  file.signed_package = true;
  EXPECT_EQ(patches.find(running(old_), file), nullptr);
  EXPECT_FALSE(patches.busy());
}

TEST_F(PatchShelfTest, TakesALimitedNumberOfOrders) {
  PatchShelf patches = shelf();
  const http::ServedFile file = served(new_);
  for (std::uint32_t size = 1; size < 1'000; ++size) {
    EXPECT_EQ(patches.find({size, std::string(64, 'a')}, file), nullptr);
  }
  unsigned polls = 0;
  for (; patches.busy(); ++polls) {
    patches.poll();
  }
  EXPECT_GT(polls, 0U);
}

}  // namespace
}  // namespace otatool::app
