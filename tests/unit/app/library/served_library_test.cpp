#include "app/library/served_library.hpp"

#include <filesystem>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/image_builder.hpp"
#include "tests/support/temporary_folder.hpp"

namespace otatool::app {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

std::string image(const std::string& text) {
  const support::Blob bytes = support::arduino_image({.text = text});
  return std::string(as_text(bytes));
}

std::string manifest(const std::string& version) {
  return "[[serve.rule]]\nimage = \"a.bin\"\nversion = \"" + version + "\"\n";
}

class ServedLibraryTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::string site() const { return folder_ / "site"; }

  [[nodiscard]] Result<std::unique_ptr<ServedLibrary>> open(const std::string& path) const {
    auto source = find_source(path);
    if (!source) {
      return fail(source.error());
    }
    auto loaded = load_catalogue(*source, nullptr);
    if (!loaded) {
      return fail(loaded.error());
    }
    return std::make_unique<ServedLibrary>(std::move(*source), std::move(*loaded));
  }

  static ServedLibrary::Change poll_until_change(ServedLibrary& library) {
    while (true) {
      const ServedLibrary::Change change = library.poll();
      if (change != ServedLibrary::Change::None) {
        return change;
      }
      std::this_thread::yield();
    }
  }

  static std::string version(ServedLibrary& library) {
    return library.catalogue()->rules.at(0).manifest.version;
  }

  test::TemporaryFolder folder_;
};

TEST_F(ServedLibraryTest, AnImageIsACatalogueOfOneFile) {
  folder_.write("a.bin", image("one"));
  const auto library = open(folder_ / "a.bin");
  ASSERT_TRUE(library);
  const auto catalogue = (*library)->catalogue();
  EXPECT_TRUE(catalogue->rules.empty());
  ASSERT_TRUE(catalogue->only_file);
  EXPECT_EQ(catalogue->only_file->name, "a.bin");
  EXPECT_EQ(catalogue->only_file->kind, http::FileKind::Firmware);
  EXPECT_EQ((*library)->file("a.bin"), nullptr);
}

TEST_F(ServedLibraryTest, AMissingPathIsQuotedAsGiven) {
  for (const std::string& path : {std::string(), std::string("none/"), std::string("none/a.bin")}) {
    const auto library = open(path);
    ASSERT_FALSE(library);
    EXPECT_EQ(library.error().code(), Errc::FileUnreadable);
    EXPECT_THAT(library.error().message(), HasSubstr("'" + path + "': No such file"));
  }
}

TEST_F(ServedLibraryTest, AnErrorNamesManifestAndRule) {
  folder_.write("site/a.bin", image("one"));
  const std::string path =
      folder_.write("site/otatool.toml", manifest("1.0") + "[[serve.rule]]\nimage = \"b.bin\"\n");
  const auto missing = open(site());
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().message(), HasSubstr("otatool.toml: rule 2: 'b.bin': No such file"));

  folder_.write("site/b.bin", "no image");
  const auto wrong = open(site());
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error().message(), HasSubstr("otatool.toml: rule 2: 'b.bin'"));

  folder_.write("site/otatool.toml", manifest("1.0") + "chip = \"esp32\"\n");
  const auto other_chip = open(site());
  ASSERT_FALSE(other_chip);
  EXPECT_EQ(other_chip.error().code(), Errc::WrongKind);
  EXPECT_THAT(other_chip.error().message(),
              HasSubstr("rule 1: 'a.bin' is for esp8266, but 'chip' is esp32"));
}

TEST_F(ServedLibraryTest, AChangedManifestComesIntoForceAndAnInvalidOneDoesNot) {
  folder_.write("site/a.bin", image("one"));
  folder_.write("site/otatool.toml", manifest("1.0"));
  const auto opened = open(site());
  ASSERT_TRUE(opened);
  ServedLibrary& library = **opened;
  EXPECT_EQ(version(library), "1.0");
  EXPECT_EQ(library.poll(), ServedLibrary::Change::None);

  folder_.write("site/otatool.toml", manifest("2.0"));
  EXPECT_EQ(poll_until_change(library), ServedLibrary::Change::Renewed);
  EXPECT_EQ(version(library), "2.0");

  folder_.write("site/otatool.toml", "[serve\n");
  EXPECT_EQ(poll_until_change(library), ServedLibrary::Change::Refused);
  EXPECT_THAT(library.problem(), HasSubstr("otatool.toml: line 1"));
  EXPECT_EQ(version(library), "2.0");

  fs::remove(folder_ / "site/otatool.toml");
  EXPECT_EQ(poll_until_change(library), ServedLibrary::Change::Refused);
  EXPECT_THAT(library.problem(), HasSubstr("No such file"));

  folder_.write("site/otatool.toml", manifest("3.0"));
  EXPECT_EQ(poll_until_change(library), ServedLibrary::Change::Renewed);
  EXPECT_EQ(library.problem(), "");
  EXPECT_EQ(version(library), "3.0");
}

TEST_F(ServedLibraryTest, AReloadReadsAgainWithoutAChange) {
  folder_.write("site/a.bin", image("one"));
  folder_.write("site/otatool.toml", manifest("1.0"));
  const auto library = open(site());
  ASSERT_TRUE(library);
  (*library)->reload();
  EXPECT_EQ(poll_until_change(**library), ServedLibrary::Change::Renewed);
}

TEST_F(ServedLibraryTest, FilesAreReadOnDemandWithAReasonForEachRefusal) {
  folder_.write("site/notes.txt", "first\n");
  folder_.write("site/key.pem", "-----BEGIN PRIVATE KEY-----\n");
  folder_.write("site/otatool.toml", "");
  folder_.write("secret.txt", "outside\n");
  fs::create_symlink("../secret.txt", folder_ / "site/escape");
  fs::create_symlink("notes.txt", folder_ / "site/link");
  folder_.write("site/users.txt", "ann:secret\n");
  fs::remove(folder_ / "site/otatool.toml");
  const auto opened = open(site());
  ASSERT_TRUE(opened);
  ServedLibrary& library = **opened;
  library.hide({.path = folder_ / "site/users.txt", .what = "the users"});
  fs::create_hard_link(folder_ / "site/users.txt", folder_ / "site/other.txt");

  const auto notes = library.file("notes.txt");
  ASSERT_TRUE(notes);
  EXPECT_EQ(notes->whole.size_bytes, 6U);
  EXPECT_EQ(library.refusal(), "");
  EXPECT_TRUE(library.file("link"));
  const std::vector<std::pair<std::string, std::string>> refused = {
      {"none.txt", "No such file"},
      {"key.pem", "it contains a private key"},
      {"escape", "outside the served folder"},
      {"users.txt", "clients do not get the users"},
      {"other.txt", "clients do not get the users"},
      {"otatool.toml", "clients do not get a manifest"}};
  for (const auto& [name, reason] : refused) {
    EXPECT_EQ(library.file(name), nullptr) << name;
    EXPECT_THAT(library.refusal(), HasSubstr(reason)) << name;
  }
}

TEST_F(ServedLibraryTest, AFileThatChangedIsReadAgainInTheNextRound) {
  folder_.write("site/notes.txt", "first\n");
  const auto opened = open(site());
  ASSERT_TRUE(opened);
  ServedLibrary& library = **opened;
  const auto first = library.file("notes.txt");
  EXPECT_EQ(library.file("notes.txt"), first);
  folder_.write("site/notes.txt", "the second one\n");
  static_cast<void>(library.poll());
  const auto second = library.file("notes.txt");
  ASSERT_TRUE(second);
  EXPECT_EQ(second->whole.size_bytes, 15U);
  EXPECT_EQ(first->whole.size_bytes, 6U);
}

}  // namespace
}  // namespace otatool::app
