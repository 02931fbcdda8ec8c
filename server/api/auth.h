#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.h"
#include "server/http/router.h"

// Who may do what: bearer tokens (RFC 6750) with roles for databases.
namespace laterbase::api {

struct Token {
  std::string name;
  std::array<unsigned char, 32> sha256;
  std::vector<http::Role> roles;
  std::vector<std::string> databases;  // "*" is all

  // `admin` may do everything.
  bool allows(http::Role role, std::string_view database) const noexcept;
};

std::vector<Token> make_tokens(const std::vector<config::Token>& settings);

// The token that an Authorization field shows; nullptr for a wrong or missing one. Cost: the same whichever of them it
// is, and however much of it is right.
const Token* find_token(const std::vector<Token>& tokens, std::string_view authorization);

}  // namespace laterbase::api
