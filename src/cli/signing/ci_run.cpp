#include "cli/signing/ci_run.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace otatool::cli {
namespace {

/// The variables of a CI system. A text between braces is the value of a variable; a field is empty
/// if one of its variables is.
struct CiSystem {
  std::string_view name;
  const char* mark;             ///< the variable that identifies the system
  std::string_view mark_value;  ///< empty: any value
  std::string_view builder;
  std::string_view repository;
  std::string_view ref;
  std::string_view commit;
  std::string_view run;
};

/// Jenkins is the last one, because jobs of other systems may know a Jenkins.
constexpr std::array kSystems = {
    CiSystem{"github",
             "GITHUB_ACTIONS",
             "true",
             "{GITHUB_SERVER_URL}",
             "{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY}",
             "{GITHUB_REF}",
             "{GITHUB_SHA}",
             "{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY}/actions/runs/{GITHUB_RUN_ID}/attempts/"
             "{GITHUB_RUN_ATTEMPT}"},
    CiSystem{"gitlab",
             "GITLAB_CI",
             "true",
             "{CI_SERVER_URL}",
             "{CI_PROJECT_URL}",
             "{CI_COMMIT_REF_NAME}",
             "{CI_COMMIT_SHA}",
             "{CI_JOB_URL}"},
    CiSystem{"woodpecker",
             "CI",
             "woodpecker",
             "{CI_SYSTEM_URL}",
             "{CI_REPO_URL}",
             "{CI_COMMIT_REF}",
             "{CI_COMMIT_SHA}",
             "{CI_PIPELINE_URL}"},
    CiSystem{"drone",
             "DRONE",
             "true",
             "{DRONE_SYSTEM_PROTO}://{DRONE_SYSTEM_HOST}",
             "{DRONE_REPO_LINK}",
             "{DRONE_COMMIT_REF}",
             "{DRONE_COMMIT_SHA}",
             "{DRONE_BUILD_LINK}"},
    CiSystem{"azure-pipelines",
             "TF_BUILD",
             "True",
             "{SYSTEM_COLLECTIONURI}",
             "{BUILD_REPOSITORY_URI}",
             "{BUILD_SOURCEBRANCH}",
             "{BUILD_SOURCEVERSION}",
             "{SYSTEM_COLLECTIONURI}{SYSTEM_TEAMPROJECT}/_build/results?buildId={BUILD_BUILDID}"},
    CiSystem{"circleci",
             "CIRCLECI",
             "true",
             "https://circleci.com",
             "{CIRCLE_REPOSITORY_URL}",
             "{CIRCLE_BRANCH}",
             "{CIRCLE_SHA1}",
             "{CIRCLE_BUILD_URL}"},
    CiSystem{"jenkins",
             "JENKINS_URL",
             "",
             "{JENKINS_URL}",
             "{GIT_URL}",
             "{GIT_BRANCH}",
             "{GIT_COMMIT}",
             "{BUILD_URL}"},
};

/// Removes `USER:PASSWORD@` of a URL, encodes blanks, and writes git's HOST:PATH as a URL.
std::string public_url(std::string text) {
  const std::size_t user = text.find('@');
  const std::size_t colon = text.find(':', std::min(user, text.size()));
  if (text.find("://") == std::string::npos && colon != std::string::npos) {
    text = "ssh://" + text.substr(0, colon) + "/" + text.substr(colon + 1);
  }
  if (const std::size_t scheme = text.find("://"); scheme != std::string::npos) {
    const std::size_t host = scheme + 3;
    const std::size_t end = std::min(text.find_first_of("/?#", host), text.size());
    const std::size_t at = text.rfind('@', end);
    if (at != std::string::npos && at >= host) {
      text.erase(host, at + 1 - host);
    }
  }
  for (std::size_t blank = text.find(' '); blank != std::string::npos; blank = text.find(' ')) {
    text.replace(blank, 1, "%20");
  }
  return text;
}

std::string filled(std::string_view pattern, const Lookup& lookup) {
  std::string text;
  while (!pattern.empty()) {
    const std::size_t open = std::min(pattern.find('{'), pattern.size());
    text += pattern.substr(0, open);
    if (open == pattern.size()) {
      break;
    }
    const std::size_t close = pattern.find('}', open);
    const auto value = lookup(std::string(pattern.substr(open + 1, close - open - 1)).c_str());
    if (!value) {
      return {};
    }
    text += *value;
    pattern.remove_prefix(close + 1);
  }
  return public_url(std::move(text));
}

}  // namespace

std::optional<CiRun> find_ci_run(const Lookup& lookup) {
  for (const CiSystem& system : kSystems) {
    const auto mark = lookup(system.mark);
    if (mark && (system.mark_value.empty() || *mark == system.mark_value)) {
      return CiRun{.system = std::string(system.name),
                   .builder = filled(system.builder, lookup),
                   .repository = filled(system.repository, lookup),
                   .ref = filled(system.ref, lookup),
                   .commit = filled(system.commit, lookup),
                   .run = filled(system.run, lookup)};
    }
  }
  return std::nullopt;
}

}  // namespace otatool::cli
