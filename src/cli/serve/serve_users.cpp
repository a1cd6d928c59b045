#include "cli/serve/serve_users.hpp"

#include <string>
#include <utility>

#include "otatool/http/credentials.hpp"
#include "otatool/secret.hpp"

#include "cli/io/messages.hpp"
#include "files/files.hpp"

namespace otatool::cli {
namespace {

Result<http::Users> read_users(const std::string& path) {
  TRY(std::string text, files::read_text_file(path, files::kLargestText));
  const Secret lines(std::move(text));
  auto users = http::Users::parse(lines.reveal());
  return users ? std::move(users) : fail(users.error().with_context(path));
}

/// Users, and a key that each server with the same file has.
Result<std::pair<http::Users, Secret>> read_users_and_key(const std::string& path) {
  TRY(auto users, read_users(path));
  TRY(std::string text, files::read_text_file(path, files::kLargestText));
  return std::pair(std::move(users), Secret(std::move(text)));
}

/// Administrators see what others need a password for.
void add_admins(http::SiteUsers& users, std::pair<http::Users, Secret> admins) {
  if (!users.status_users) {
    users.status_users = users.users;
  }
  if (users.status_users) {
    users.status_users->include(admins.first);
  }
  users.admins = std::move(admins.first);
  users.form_key = std::move(admins.second);
}

}  // namespace

Result<http::SiteUsers> read_site_users(const Invocation& invocation) {
  http::SiteUsers users;
  if (const auto path = invocation.value("auth-file")) {
    TRY(users.users, read_users(*path));
  }
  if (const auto path = invocation.value("status-auth")) {
    TRY(users.status_users, read_users(*path));
  }
  if (const auto path = invocation.value("admin-file")) {
    TRY(auto admins, read_users_and_key(*path));
    add_admins(users, std::move(admins));
  }
  return users;
}

void renew_users(const Invocation& invocation, http::Site& site, http::Server& server) {
  auto renewed = read_site_users(invocation);
  if (!renewed) {
    invocation.messages().warning("users rejected, still using the previous ones: " +
                                  renewed.error().message());
    return;
  }
  const bool any = renewed->users || renewed->status_users || renewed->admins;
  site.renew_users(std::move(*renewed));
  server.on_users_renewed();
  if (any) {
    invocation.messages().note("reloaded the users");
  }
}

}  // namespace otatool::cli
