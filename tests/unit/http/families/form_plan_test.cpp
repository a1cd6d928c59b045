#include "otatool/http/form_plan.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "otatool/http/recogniser.hpp"

namespace otatool::http {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

constexpr const char* kImageMd5 = "0123456789abcdef0123456789abcdef";
constexpr const char* kTasmotaForm =
    "<form method='post' action='u2'><input type='file' name='u2'>";
constexpr const char* kTasmotaSuccess =
    "<script>setTimeout(function(){location.href='.';},24000);</script>";
constexpr const char* kTasmotaFailure =
    "<b>Upload <font color='#f00'>Failed</font></b><br><br>Invalid file signature<br>";

FormOrder order(Family family) {
  return {.family = family, .image_size = 1000, .image_md5 = kImageMd5, .is_app = true};
}

/// Talks to a plan; each step checks the kind of the action.
class Script {
 public:
  explicit Script(FormOrder what) : plan_(std::move(what)), action_(plan_.start()) {}

  Script& gets(std::string_view target) {
    const auto* get = std::get_if<FormPlan::Get>(&action_);
    if (get == nullptr) {
      ADD_FAILURE() << "no GET of " << target;
    } else {
      EXPECT_EQ(get->target, target);
    }
    return *this;
  }
  Script& posts(std::string_view target) {
    const auto* post = std::get_if<FormPlan::Post>(&action_);
    if (post == nullptr) {
      ADD_FAILURE() << "no POST to " << target;
    } else {
      EXPECT_EQ(post->target, target);
    }
    return *this;
  }
  Script& answer(unsigned status, std::string_view body = {}) {
    return event(FormPlan::Answered{.status = status, .body = body, .challenged = true});
  }
  Script& breaks(Errc code, bool all_delivered = false, bool image_begun = true) {
    return event(FormPlan::Unanswered{Error(code, "broken"), all_delivered, image_begun});
  }
  Script& pauses(milliseconds time) {
    const auto* pause = std::get_if<FormPlan::Pause>(&action_);
    if (pause == nullptr) {
      ADD_FAILURE() << "no pause";
    } else {
      EXPECT_EQ(pause->time, time);
    }
    return event(FormPlan::Paused{});
  }
  Script& event(const FormPlan::Event& what) {
    action_ = plan_.next(what);
    return *this;
  }
  [[nodiscard]] FormPlan::Post post() const {
    const auto* post = std::get_if<FormPlan::Post>(&action_);
    EXPECT_NE(post, nullptr);
    return post == nullptr ? FormPlan::Post{} : *post;
  }
  /// The error at the end; OK without one.
  [[nodiscard]] std::string end() const {
    const auto* finish = std::get_if<FormPlan::Finish>(&action_);
    if (finish == nullptr) {
      return "not finished";
    }
    return finish->error
               ? std::string(to_string(finish->error->code())) + ": " + finish->error->message()
               : "OK";
  }

 private:
  FormPlan plan_;
  FormPlan::Action action_;
};

std::vector<std::string> parts_of(const FormPlan::Post& post) {
  std::vector<std::string> texts;
  for (const TextPart& part : post.content.parts) {
    texts.push_back(part.name + "=" + part.value);
  }
  return texts;
}

TEST(FormPlan, AnUnknownDeviceIsTreatedLikeAStockServer) {
  FormOrder what = order(Family::Unknown);
  what.target = "/my/form?a=1";
  Script script(what);
  script.gets("/my/form?a=1").answer(404).posts("/my/form?a=1");
  EXPECT_EQ(script.post().content.field, "firmware");
  EXPECT_EQ(script.post().referer, "/my/form?a=1");
  EXPECT_THAT(script.post().content.parts, IsEmpty());
  EXPECT_EQ(script.answer(200, "Update Success! Rebooting...").end(), "OK");
  what.filesystem = true;
  EXPECT_EQ(Script(what).answer(200).post().content.field, "filesystem");
}

TEST(FormPlan, ARedirectAndAPasswordEndIt) {
  Script redirected(order(Family::Stock));
  redirected.event(FormPlan::Answered{.status = 302, .location = "https://h/"});
  EXPECT_EQ(redirected.end(), "device-refused: the device redirects to 'https://h/'");
  EXPECT_THAT(Script(order(Family::Stock)).answer(401).end(), StartsWith("password-needed"));
  EXPECT_THAT(Script(order(Family::Stock)).breaks(Errc::NoAnswer).end(), StartsWith("no-answer"));
}

TEST(FormPlan, TasmotaOpensTheUploadPageFirst) {
  Script script(order(Family::Tasmota));
  script.gets("/up").answer(200, kTasmotaForm).posts("/u2?fsz=1000");
  EXPECT_EQ(script.post().content.field, "u2");
  EXPECT_EQ(script.post().referer, "/up?");
  EXPECT_EQ(script.answer(200, kTasmotaSuccess).end(), "OK");
  EXPECT_EQ(
      Script(order(Family::Tasmota)).answer(200, kTasmotaForm).answer(200, kTasmotaFailure).end(),
      "device-reported: the device reported: Invalid file signature");
}

TEST(FormPlan, TasmotaSendsNothingWithoutItsForm) {
  EXPECT_THAT(Script(order(Family::Tasmota)).answer(200, "<h1>Main menu</h1>").end(),
              HasSubstr("WebServer 1"));
  EXPECT_THAT(Script(order(Family::Tasmota)).answer(404).end(), StartsWith("device-refused"));
  EXPECT_THAT(Script(order(Family::Tasmota)).answer(401).end(), StartsWith("password-needed"));
}

TEST(FormPlan, ATasmotaWithOnePartitionRestartsIntoSafeboot) {
  const std::string page = std::string(kTasmotaForm) + "<form onsubmit='return upl(this);'>";
  Script script(order(Family::Tasmota));
  script.gets("/up").answer(200, page);
  script.gets("/u4?u4=fct&api=").answer(200, "false").pauses(milliseconds(6'000));
  script.gets("/u4?u4=fct&api=").breaks(Errc::PortClosed).pauses(milliseconds(2'000));
  script.gets("/u4?u4=fct&api=").answer(200, "true").pauses(milliseconds(1'000));
  script.posts("/u2?fsz=1000");
  Script refused = script;
  EXPECT_EQ(script.answer(200, kTasmotaSuccess).end(), "OK");
  refused.answer(200, kTasmotaFailure).gets("/u4?u4=ota").breaks(Errc::ConnectionClosed);
  EXPECT_THAT(refused.end(), HasSubstr("Invalid file signature"));

  FormOrder other = order(Family::Tasmota);
  other.is_app = false;
  Script(other).answer(200, page).posts("/u2?fsz=1000");
}

TEST(FormPlan, ADeviceThatDoesNotReachSafebootIsGivenUp) {
  Script script(order(Family::Tasmota));
  script.answer(200, std::string(kTasmotaForm) + "return upl(this)");
  for (int i = 0; i < 45; ++i) {
    script.gets("/u4?u4=fct&api=").breaks(Errc::PortClosed).pauses(milliseconds(2'000));
  }
  EXPECT_THAT(script.gets("/u4?u4=fct&api=").breaks(Errc::PortClosed).end(),
              StartsWith("no-answer: the device did not come back"));
}

TEST(FormPlan, WledGetsSkipValidationBeforeTheFile) {
  FormOrder what = order(Family::Wled);
  Script script(what);
  script.gets("/update").answer(200, "<title>WLED Update</title>").posts("/update");
  EXPECT_THAT(script.post().content.parts, IsEmpty());
  EXPECT_EQ(script.post().content.field, "update");
  what.skip_validation = true;
  EXPECT_THAT(parts_of(Script(what).answer(200).post()), ElementsAre("skipValidation=1"));
}

TEST(FormPlan, ALockedWledGetsNothing) {
  Script script(order(Family::Wled));
  script.answer(200, "<h2>Access Denied</h2>Please unlock settings using PIN code!");
  EXPECT_EQ(script.end(),
            "device-refused: the device denied access: 'Please unlock settings using PIN code!'; "
            "the password is not the cause");
}

TEST(FormPlan, ElegantOta3OpensTheUpload) {
  Script script(order(Family::ElegantOta3));
  script.gets("/update").answer(200);
  script.gets("/ota/start?mode=fr&hash=" + std::string(kImageMd5)).answer(200, "OK");
  script.posts("/ota/upload");
  EXPECT_EQ(script.post().content.field, "file");
  EXPECT_EQ(script.answer(200, "OK").end(), "OK");
  EXPECT_EQ(Script(order(Family::ElegantOta3))
                .answer(200)
                .answer(400, "ERROR[4]: Not Enough Space")
                .end(),
            "device-reported: the device reported: ERROR[4]: Not Enough Space");
  FormOrder files = order(Family::ElegantOta3);
  files.filesystem = true;
  Script(files).answer(200).gets("/ota/start?mode=fs&hash=" + std::string(kImageMd5));
}

TEST(FormPlan, ElegantOta2GetsTheMd5BeforeTheFileAndItsOwnFileName) {
  for (const Family family : {Family::ElegantOta2, Family::AsyncElegantOta}) {
    FormOrder what = order(family);
    Script script(what);
    script.gets("/update").answer(200).posts("/update");
    EXPECT_THAT(parts_of(script.post()), ElementsAre("MD5=" + std::string(kImageMd5)));
    EXPECT_EQ(script.post().content.file_name, "firmware");
    what.filesystem = true;
    EXPECT_EQ(Script(what).answer(200).post().content.file_name, "filesystem");
  }
}

TEST(FormPlan, OtherForms) {
  Script opendtu(order(Family::OpenDtu));
  opendtu.gets("/api/system/status").answer(200, "{}").posts("/api/firmware/update");
  EXPECT_THAT(parts_of(opendtu.post()), ElementsAre("MD5=" + std::string(kImageMd5)));
  EXPECT_EQ(opendtu.answer(400, "OTA could not begin").end(),
            "device-reported: the device reported: OTA could not begin");
  Script esp3d(order(Family::Esp3d));
  esp3d.gets("/updatefw").answer(200).posts("/updatefw");
  EXPECT_THAT(parts_of(esp3d.post()), ElementsAre("firmware.binS=1000"));
  EXPECT_EQ(esp3d.answer(200, R"({"status":"ok"})").end(), "OK");
  Script(order(Family::Esphome)).gets("/").answer(200).posts("/update");
  Script(order(Family::EspEasy)).gets("/update").answer(200).posts("/update");
  Script(order(Family::Espurna)).gets("/upgrade").answer(404).posts("/upgrade");
  Script(order(Family::OtaWebUpdater)).gets("/").answer(200).posts("/update");
}

TEST(FormPlan, OpenBekenIsRestartedAfterwards) {
  Script script(order(Family::OpenBeken));
  script.gets("/api/info").answer(200).posts("/api/ota");
  EXPECT_TRUE(script.post().content.raw);
  script.answer(200, R"({"size":1000})").gets("/index?restart=1");
  Script stubborn = script;
  EXPECT_EQ(script.breaks(Errc::ConnectionClosed).end(), "OK");
  EXPECT_THAT(stubborn.answer(500).end(), HasSubstr("refused to restart"));
  EXPECT_THAT(Script(order(Family::OpenBeken)).answer(200).answer(200, R"({"size":1})").end(),
              StartsWith("device-reported"));
  EXPECT_THAT(
      Script(order(Family::OpenBeken)).answer(200).breaks(Errc::ConnectionClosed, true).end(),
      StartsWith("device-refused: the device closed the connection without an answer"));
}

TEST(FormPlan, BitaxeGetsTheFileAloneWithoutOrigin) {
  FormOrder what = order(Family::Bitaxe);
  Script script(what);
  script.posts("/api/system/OTA");
  EXPECT_TRUE(script.post().content.raw);
  EXPECT_THAT(script.post().referer, IsEmpty());
  EXPECT_EQ(script.answer(200, "Firmware update complete, rebooting now!").end(), "OK");
  EXPECT_THAT(Script(what).answer(401, "Unauthorized").end(),
              HasSubstr("the password is not the cause"));
  what.filesystem = true;
  Script(what).posts("/api/system/OTAWWW");
}

TEST(FormPlan, RefusesWhatTheFamilyDoesNotTake) {
  EXPECT_THAT(Script(order(Family::ShellyGen1)).end(), StartsWith("wrong-kind: a Shelly"));
  FormOrder files = order(Family::Tasmota);
  files.filesystem = true;
  EXPECT_THAT(Script(files).end(), StartsWith("wrong-kind: Tasmota takes no filesystem"));
}

TEST(FormPlan, TheUserSetsFieldPartsAndPath) {
  FormOrder what = order(Family::Stock);
  what.field = "image";
  what.parts = {{"token", "7"}};
  Script script(what);
  script.answer(200);
  EXPECT_EQ(script.post().content.field, "image");
  EXPECT_THAT(parts_of(script.post()), ElementsAre("token=7"));
  FormOrder tasmota = order(Family::Tasmota);
  tasmota.target = "/up";
  Script(tasmota).gets("/up").answer(200, kTasmotaForm).posts("/u2?fsz=1000");
  tasmota.target = "/u2?x=1";
  Script(tasmota).gets("/up").answer(200, kTasmotaForm).posts("/u2?x=1");
  FormOrder elegant = order(Family::ElegantOta3);
  elegant.target = "/update";
  Script(elegant).gets("/update").answer(200).gets("/ota/start?mode=fr&hash=" +
                                                   std::string(kImageMd5));
  FormOrder bitaxe = order(Family::Bitaxe);
  bitaxe.target = "/api/system/OTA";
  Script(bitaxe).posts("/api/system/OTA");
}

TEST(FormPlan, ABrokenUploadIsRepeatedOnlyIfTheDeviceForgetsIt) {
  const auto broken = [](Family family, bool image_begun) {
    Script script(order(family));
    script.answer(200, kTasmotaForm);
    if (family == Family::ElegantOta3) {
      script.answer(200, "OK");
    }
    return script.breaks(Errc::ConnectionReset, false, image_begun).end();
  };
  for (const Family family :
       {Family::ElegantOta3, Family::ElegantOta2, Family::AsyncElegantOta, Family::OpenDtu}) {
    EXPECT_THAT(broken(family, true), StartsWith("network-failed"));
    EXPECT_THAT(broken(family, true), HasSubstr("open until it restarts"));
    EXPECT_THAT(broken(family, false), StartsWith("connection-reset"));
  }
  EXPECT_THAT(broken(Family::Tasmota, true), StartsWith("connection-reset"));
  EXPECT_THAT(broken(Family::Stock, true), StartsWith("connection-reset"));
}

TEST(FormPlan, ALostVerdictIsUnknown) {
  Script script(order(Family::Tasmota));
  script.answer(200, kTasmotaForm).breaks(Errc::ConnectionClosed, true);
  EXPECT_THAT(script.end(), StartsWith("verdict-lost: all 1000 bytes were delivered"));
  EXPECT_THAT(script.end(), HasSubstr("SetOption128 0"));
}

/// A device that answers the first `answered` steps as it should, and then fails.
std::string fail_after(Family family, std::size_t answered, const FormPlan::Event& failure) {
  FormPlan plan(order(family));
  FormPlan::Action action = plan.start();
  for (std::size_t step = 0; !std::holds_alternative<FormPlan::Finish>(action); ++step) {
    EXPECT_LT(step, 200U) << "the plan of " << to_string(family) << " does not end";
    if (step >= 200) {
      break;
    }
    FormPlan::Event event = FormPlan::Answered{.status = 200, .body = "OK"};
    if (std::holds_alternative<FormPlan::Pause>(action)) {
      event = FormPlan::Paused{};
    } else if (step >= answered) {
      event = failure;
    } else if (const auto* get = std::get_if<FormPlan::Get>(&action); get && get->target == "/up") {
      event = FormPlan::Answered{.status = 200, .body = "name='u2' return upl(this)"};
    } else if (get != nullptr && get->target.starts_with("/u4")) {
      event = FormPlan::Answered{.status = 200, .body = "true"};
    }
    action = plan.next(event);
  }
  const auto* finish = std::get_if<FormPlan::Finish>(&action);
  return finish != nullptr && finish->error ? std::string(to_string(finish->error->code())) : "OK";
}

TEST(FormPlan, EveryPlanEndsAfterAFailureAtEachStep) {
  for (const Family family : families()) {
    for (std::size_t step = 0; step < 6; ++step) {
      const FormPlan::Unanswered reset{Error(Errc::ConnectionReset, "x"), false, true};
      const FormPlan::Unanswered interrupted{Error(Errc::Interrupted, "x"), false, true};
      const std::string broken = fail_after(family, step, reset);
      const std::string refused =
          fail_after(family, step, FormPlan::Answered{.status = 500, .body = "no"});
      if (step == 0) {
        EXPECT_NE(broken, "OK") << to_string(family);
        EXPECT_NE(refused, "OK") << to_string(family);
        EXPECT_THAT(fail_after(family, 0, interrupted),
                    ::testing::AnyOf("interrupted", "wrong-kind"));
      }
    }
  }
}

TEST(FormPlan, NoPlanAsksForAnAddressThatOnlyAnUploadMayUse) {
  for (const Family family : families()) {
    const FormPlan::Action first = FormPlan(order(family)).start();
    if (const auto* get = std::get_if<FormPlan::Get>(&first)) {
      for (const char* forbidden : {"/u1", "/u4", "/ota", "/reset", "/index"}) {
        EXPECT_THAT(get->target, Not(StartsWith(forbidden)));
      }
    }
  }
}

}  // namespace
}  // namespace otatool::http
