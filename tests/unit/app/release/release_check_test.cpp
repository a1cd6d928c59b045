#include "app/release/release_check.hpp"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/release/signed_release.hpp"
#include "image/recognise/checksums.hpp"
#include "tests/unit/app/release/release_images.hpp"

namespace otatool::app {
namespace {

using image::UploadCheck;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

wire::OtaTxt verifier(const signing::PublicKey& key) {
  wire::OtaTxt txt;
  txt.gzip = wire::Known::Yes;
  txt.signature = wire::TxtSignature::RsaSha256;
  txt.has_fingerprint = true;
  const auto fingerprint = key.fingerprint();
  std::copy_n(fingerprint.begin(), wire::kTxtFingerprintSize, txt.fingerprint);
  return txt;
}

std::vector<UploadCheck> checks_of(const ExaminedFile& file,
                                   const ReleaseOptions& options,
                                   const std::vector<ReleaseTarget>& targets) {
  std::vector<UploadCheck> checks;
  for (const image::UploadProblem& problem : problems_of(file, options, targets)) {
    checks.push_back(problem.check);
  }
  return checks;
}

ExaminedFile signed_sketch(const signing::PrivateKey& key) {
  return prepare_release(sketch(), {}, &key)->file;
}

TEST(ReleaseCheck, KnowsTheFamilyOfATarget) {
  espota::Target target;
  EXPECT_EQ(family_of(target), ChipFamily::Unknown);
  target.port = wire::kEsp32Port;
  EXPECT_EQ(family_of(target), ChipFamily::Esp32);
  target.chip = ChipFamily::Esp8266;
  EXPECT_EQ(family_of(target), ChipFamily::Esp8266);
}

TEST(ReleaseCheck, ChoosesTheChipOfTheImage) {
  KnownTarget open;
  choose_chip(sketch(), open);
  EXPECT_EQ(open.target.chip, ChipFamily::Esp8266);
  KnownTarget with_port;
  with_port.target.port = 9999;
  choose_chip(sketch(), with_port);
  EXPECT_EQ(with_port.target.chip, ChipFamily::Unknown);
  KnownTarget form = with_port;
  form.way.via = Via::Form;
  choose_chip(sketch(), form);
  EXPECT_EQ(form.target.chip, ChipFamily::Esp8266) << "the port of a form tells nothing";
  KnownTarget filesystem;
  choose_chip(examined(support::littlefs_image(4096, 4)), filesystem);
  EXPECT_EQ(filesystem.target.chip, ChipFamily::Unknown);
}

TEST(ReleaseCheck, SendsAnRp2040ImageToItsPort) {
  support::Blob bytes = support::noise(252, 7);
  image::FlashCrc crc;
  crc.add(bytes);
  support::append_u32(bytes, crc.value());
  bytes.resize(4096, 0xA5);
  const ExaminedFile file = examined(bytes);
  KnownTarget open;
  choose_chip(file, open);
  EXPECT_EQ(open.target.port, 2040);
  EXPECT_EQ(family_of(open.target), ChipFamily::Unknown);
  EXPECT_TRUE(problems_of(file, {}, family_of(open.target)).empty());
  KnownTarget with_port;
  with_port.target.port = 9999;
  choose_chip(file, with_port);
  EXPECT_EQ(with_port.target.port, 9999);
}

TEST(ReleaseCheck, RemovesChosenDevicesOfAnotherFamily) {
  const auto target = [](const char* name, ChipFamily family) {
    KnownTarget known;
    known.target.name = name;
    known.target.chip = family;
    return known;
  };
  const std::vector<KnownTarget> all = {target("named", ChipFamily::Esp32),
                                        target("a", ChipFamily::Esp32),
                                        target("b", ChipFamily::Esp8266),
                                        target("c", ChipFamily::Unknown)};
  std::vector<KnownTarget> known = all;
  EXPECT_THAT(remove_other_families(known, 1, ChipFamily::Esp8266), ElementsAre("a"));
  ASSERT_EQ(known.size(), 3U);
  EXPECT_EQ(known[0].target.name, "named");
  EXPECT_EQ(known[1].target.name, "b");
  known = {all[1]};
  EXPECT_THAT(remove_other_families(known, 0, ChipFamily::Esp8266), IsEmpty());
  EXPECT_EQ(known.size(), 1U) << "the check of the image refuses it with a reason";
  known = all;
  EXPECT_THAT(remove_other_families(known, 0, ChipFamily::Unknown), IsEmpty());
}

TEST(ReleaseCheck, NamesTheTargetWithTheOtherChip) {
  const std::vector<ReleaseTarget> targets = {{"lamp", ChipFamily::Esp8266, {}},
                                              {"door", ChipFamily::Esp32, {}}};
  const auto problems = problems_of(sketch(), {}, targets);
  ASSERT_FALSE(problems.empty());
  EXPECT_EQ(problems.front().check, UploadCheck::WrongChip);
  EXPECT_THAT(problems.front().error.message(), HasSubstr("door: "));
  EXPECT_THAT(checks_of(sketch(), {.overridden = {UploadCheck::WrongChip}}, targets), IsEmpty());
}

TEST(ReleaseCheck, UsesTheLayoutOfEachTarget) {
  ReleaseOptions options;
  options.space.current_size = 500'000;
  std::vector<ReleaseTarget> targets = {{"lamp", ChipFamily::Esp8266, {}},
                                        {"door", ChipFamily::Esp8266, {}}};
  EXPECT_THAT(checks_of(sketch(), options, targets), IsEmpty());
  targets[1].layout = image::find_layout("512k").value();
  const auto problems = problems_of(sketch(), options, targets);
  ASSERT_FALSE(problems.empty());
  EXPECT_EQ(problems.front().check, UploadCheck::Space);
  EXPECT_THAT(problems.front().error.message(), HasSubstr("door: "));
  options.space.layout = image::find_layout("512k").value();
  targets[1].layout = image::find_layout("4m2m").value();
  EXPECT_THAT(checks_of(sketch(), options, {targets[1]}), IsEmpty());
}

TEST(ReleaseCheck, ReportsWhatTheDeviceWouldRefuse) {
  const auto key = private_key();
  const auto other = private_key("rsa-4096.pem");
  const std::vector<ReleaseTarget> targets = {
      {"lamp", ChipFamily::Esp8266, verifier(key.public_half())}};
  EXPECT_THAT(checks_of(signed_sketch(key), {}, targets), IsEmpty());
  EXPECT_THAT(checks_of(sketch(), {}, targets), ElementsAre(UploadCheck::Signature));
  EXPECT_THAT(checks_of(signed_sketch(other), {}, targets), ElementsAre(UploadCheck::Signature));
  EXPECT_THAT(checks_of(sketch(), {.overridden = {UploadCheck::Signature}}, targets), IsEmpty());
}

TEST(ReleaseCheck, ComparesWithTheAnnouncedSpace) {
  wire::OtaTxt txt;
  txt.has_space = true;
  txt.space = 100;
  const std::vector<ReleaseTarget> targets = {{"lamp", ChipFamily::Esp8266, txt}};
  EXPECT_THAT(checks_of(sketch(), {}, targets), ElementsAre(UploadCheck::Space));
  txt.space = 1'000'000;
  EXPECT_THAT(checks_of(sketch(), {}, {{"lamp", ChipFamily::Esp8266, txt}}), IsEmpty());
}

TEST(ReleaseCheck, PacksOnlyIfAllDevicesUnpack) {
  const auto key = private_key();
  const ReleaseTarget unpacking{"lamp", ChipFamily::Esp8266, verifier(key.public_half())};
  const ReleaseTarget unknown{"old", ChipFamily::Esp8266, {}};
  const auto applied = [](std::vector<ReleaseTarget> targets, Packing packing) {
    ReleaseOptions options{.packing = packing};
    apply_announcements(targets, sketch(), options);
    return options;
  };
  EXPECT_EQ(applied({unpacking}, Packing::IfAccepted).packing, Packing::Always);
  EXPECT_TRUE(applied({unpacking}, Packing::IfAccepted).verifier_known);
  EXPECT_EQ(applied({unpacking}, Packing::Never).packing, Packing::Never);
  EXPECT_EQ(applied({unpacking, unknown}, Packing::IfAccepted).packing, Packing::IfAccepted);
  EXPECT_FALSE(applied({unpacking, unknown}, Packing::IfAccepted).verifier_known);
  EXPECT_FALSE(applied({}, Packing::IfAccepted).verifier_known);
}

TEST(ReleaseCheck, SignsAPackageOnlyForVerifiers) {
  wire::OtaTxt unpacking;
  unpacking.gzip = wire::Known::Yes;
  const std::vector<ReleaseTarget> targets = {{"lamp", ChipFamily::Esp8266, unpacking}};
  ReleaseOptions options{.packing = Packing::IfAccepted, .sign = true};
  apply_announcements(targets, sketch(), options);
  EXPECT_EQ(options.packing, Packing::IfAccepted);
  EXPECT_TRUE(needs_announced_verifier(package(), options));
  EXPECT_FALSE(needs_announced_verifier(sketch(), options));
}

TEST(FormSpace, StagesOneSectorAboveTheSketch) {
  ReleaseOptions options;
  options.space.layout = image::find_layout("1m64").value();
  const std::uint32_t end = options.space.layout->fs_start;
  const std::uint64_t staged = (sketch().bytes.size() + 4095) / 4096 * 4096;
  options.space.current_size = end - staged - 4096;
  EXPECT_FALSE(form_space_problem(sketch(), options));
  options.space.current_size = end - staged;
  const auto problem = form_space_problem(sketch(), options);
  ASSERT_TRUE(problem);
  EXPECT_EQ(problem->check, UploadCheck::Space);
  options.overridden = {UploadCheck::Space};
  EXPECT_FALSE(form_space_problem(sketch(), options));
}

TEST(FormSpace, IsUnknownForAPackageWithoutTheRunningSketch) {
  ReleaseOptions options;
  EXPECT_TRUE(form_space_is_unknown(package(), options));
  EXPECT_FALSE(form_space_is_unknown(sketch(), options));
  options.space.current_size = 300'000;
  EXPECT_FALSE(form_space_is_unknown(package(), options));
}

}  // namespace
}  // namespace otatool::app
