#include "cli/signing/attestation.hpp"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "otatool/signing/signed_image.hpp"

#include "cli/signing/signing_keys.hpp"

namespace otatool::cli {
namespace {

/// Names the fields of the predicate, as SLSA wants it; docs/signing.md describes them.
constexpr const char* kBuildType = "urn:otatool:sign:v1";
constexpr const char* kNoBuilder = "urn:otatool:no-ci";

std::string file_name(const std::string& path) {
  return path == "-" ? "stdin" : std::filesystem::path(path).filename().string();
}

nlohmann::json sha256_of(Bytes content) {
  return {{"sha256", to_hex(signing::digest_of(content, signing::HashAlgorithm::Sha256).bytes())}};
}

/// The object without its empty texts.
nlohmann::json known(nlohmann::json object) {
  for (auto field = object.begin(); field != object.end();) {
    field = *field == "" ? object.erase(field) : std::next(field);
  }
  return object;
}

nlohmann::json dependencies(const app::SigningInput& input, const CiRun& run) {
  nlohmann::json list = nlohmann::json::array();
  if (!run.commit.empty()) {
    nlohmann::json source = {{"digest", {{"gitCommit", run.commit}}}};
    if (!run.repository.empty()) {
      source["uri"] = "git+" + run.repository + (run.ref.empty() ? "" : "@" + run.ref);
    }
    list.push_back(std::move(source));
  }
  list.push_back({{"name", file_name(input.path)}, {"digest", sha256_of(input.payload)}});
  return list;
}

}  // namespace

std::string attestation(const app::SigningInput& input,
                        const std::vector<AttestedFile>& files,
                        const signing::PublicKey& key,
                        const std::optional<CiRun>& run) {
  const CiRun ci = run.value_or(CiRun());
  nlohmann::json subjects = nlohmann::json::array();
  for (const AttestedFile& file : files) {
    subjects.push_back({{"name", file_name(file.path)}, {"digest", sha256_of(file.content)}});
  }
  const nlohmann::json definition = {
      {"buildType", kBuildType},
      {"externalParameters", known({{"repository", ci.repository}, {"ref", ci.ref}})},
      {"internalParameters",
       known({{"ci", ci.system},
              {"form", to_string(input.form)},
              {"hash", signing::to_string(input.hash)},
              {"keyFingerprint", fingerprint_of(key)}})},
      {"resolvedDependencies", dependencies(input, ci)}};
  const nlohmann::json details = {
      {"builder", {{"id", ci.builder.empty() ? kNoBuilder : ci.builder}}},
      {"metadata", known({{"invocationId", ci.run}})}};
  const nlohmann::json statement = {
      {"_type", "https://in-toto.io/Statement/v1"},
      {"subject", std::move(subjects)},
      {"predicateType", "https://slsa.dev/provenance/v1"},
      {"predicate", {{"buildDefinition", definition}, {"runDetails", details}}}};
  return statement.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace otatool::cli
