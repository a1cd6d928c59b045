// GNU gzip reads our packages, and we read those of GNU gzip and zopfli.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>

#include "otatool/gzip/pack.hpp"
#include "otatool/gzip/validate.hpp"

#include "tests/support/code_like.hpp"
#include "tests/support/eboot_model.hpp"

namespace otatool::gzip {
namespace {

using Buffer = std::vector<std::uint8_t>;

class GzipPeer : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "gzip_peer_XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { EXPECT_EQ(run("rm -r '" + folder_ + "'"), 0); }

  [[nodiscard]] std::string path(const char* name) const { return folder_ + "/" + name; }

  static int run(const std::string& command) { return std::system(command.c_str()); }

  static void write(const std::string& name, Bytes bytes) {
    std::ofstream file(name, std::ios::binary);
    file << as_text(bytes);
    ASSERT_TRUE(file.flush().good()) << name;
  }
  static Buffer read(const std::string& name) {
    std::ifstream file(name, std::ios::binary);
    EXPECT_TRUE(file.good()) << name;
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }

 private:
  std::string folder_;
};

TEST_F(GzipPeer, GnuGzipReadsOurPackagesOfEveryAlignment) {
  int lengths_with_padding = 0;
  for (std::size_t size = 5000; size < 5010; ++size) {
    const Buffer content = test::code_like(size, 1);
    for (const Compressor compressor : {Compressor::Libdeflate, Compressor::Zopfli}) {
      const auto package = pack(content, {compressor, kLargestLevel});
      ASSERT_TRUE(package);
      lengths_with_padding += (*package)[3] != 0 ? 1 : 0;
      write(path("ours.gz"), *package);
      EXPECT_EQ(run(GZIP_PROGRAM " -t '" + path("ours.gz") + "'"), 0);
      ASSERT_EQ(run(GZIP_PROGRAM " -dc '" + path("ours.gz") + "' > '" + path("back") + "'"), 0);
      EXPECT_EQ(read(path("back")), content);
    }
  }
  EXPECT_GT(lengths_with_padding, 0);
}

TEST_F(GzipPeer, TheirPackagesAreAcceptedAndBoot) {
  const Buffer content = test::code_like(61000, 2);
  write(path("app.bin"), content);
  const std::string input = " '" + path("app.bin") + "' > '" + path("theirs.gz") + "'";
  for (const std::string peer : {GZIP_PROGRAM " -1 -n -c",
                                 GZIP_PROGRAM " -9 -n -c",
                                 GZIP_PROGRAM " -9 -N -c",
                                 ZOPFLI_PROGRAM " -c"}) {
    SCOPED_TRACE(peer);
    ASSERT_EQ(run(peer + input), 0);
    const Buffer package = read(path("theirs.gz"));
    const auto checked = check_package(package);
    ASSERT_TRUE(checked) << checked.error().message();
    EXPECT_EQ(checked->content, content);
    const bool named = peer.find("-N") != std::string::npos;
    EXPECT_EQ(checked->facts.name, named ? "app.bin" : "");
    EXPECT_EQ(checked->facts.modification_time != 0, named);

    test::EbootModel device(0x60000, test::code_like(50000, 1));
    const std::size_t source = device.stage_below(0x40000, package);
    EXPECT_EQ(device.copy(source, package.size()), test::CopyResult::Copied);
    EXPECT_TRUE(device.starts(content));

    const auto aligned = align_package(package, kLargestFlashBytes);
    ASSERT_TRUE(aligned);
    write(path("aligned.gz"), *aligned);
    EXPECT_EQ(run(GZIP_PROGRAM " -t '" + path("aligned.gz") + "'"), 0);
  }
}

TEST_F(GzipPeer, GnuGzipAlsoRefusesPackagesThatWeReportAsDamaged) {
  const Buffer package = *pack(test::code_like(5000, 1));
  for (std::size_t at = 20; at < package.size(); at += 251) {
    Buffer flipped = package;
    flipped[at] ^= 8;
    EXPECT_FALSE(check_package(flipped)) << at;
    write(path("flipped.gz"), flipped);
    EXPECT_NE(run(GZIP_PROGRAM " -tq '" + path("flipped.gz") + "' 2> /dev/null"), 0) << at;
  }
}

}  // namespace
}  // namespace otatool::gzip
