#include "server/api/auth.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>
#include <charconv>

#include "server/http/head.h"

namespace laterbase::api {
namespace {

using Digest = std::array<unsigned char, 32>;

Digest sha256(std::string_view text) {
  Digest digest{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  return digest;
}

Digest from_hex(std::string_view hex) {
  Digest digest{};
  for (std::size_t i = 0; i < digest.size() && 2 * i + 2 <= hex.size(); ++i)
    std::from_chars(hex.data() + 2 * i, hex.data() + 2 * i + 2, digest[i], 16);
  return digest;
}

http::Role role_of(config::Role role) {
  switch (role) {
    case config::Role::read:
      return http::Role::read;
    case config::Role::write:
      return http::Role::write;
    case config::Role::sync:
      return http::Role::sync;
    case config::Role::admin:
      return http::Role::admin;
  }
  return http::Role::none;
}

}  // namespace

bool Token::allows(http::Role role, std::string_view database) const noexcept {
  const bool may = role == http::Role::none || std::any_of(roles.begin(), roles.end(), [role](http::Role own) {
                     const bool either =
                         role == http::Role::read_or_write && (own == http::Role::read || own == http::Role::write);
                     return own == role || own == http::Role::admin || either;
                   });
  const bool here = database.empty() || std::any_of(databases.begin(), databases.end(), [database](const auto& own) {
                      return own == "*" || own == database;
                    });
  return may && here;
}

std::vector<Token> make_tokens(const std::vector<config::Token>& settings) {
  std::vector<Token> tokens;
  for (const config::Token& setting : settings) {
    Token token{setting.name,
                setting.token_sha256.empty() ? sha256(setting.token) : from_hex(setting.token_sha256),
                {},
                setting.databases};
    for (const config::Role role : setting.roles) token.roles.push_back(role_of(role));
    tokens.push_back(std::move(token));
  }
  return tokens;
}

const Token* find_token(const std::vector<Token>& tokens, std::string_view authorization) {
  constexpr std::string_view scheme = "bearer ";
  if (!http::equal_ignoring_case(authorization.substr(0, scheme.size()), scheme)) return nullptr;
  const Digest shown = sha256(http::trimmed(authorization.substr(scheme.size())));
  const Token* found = nullptr;
  for (const Token& token : tokens)
    if (CRYPTO_memcmp(token.sha256.data(), shown.data(), shown.size()) == 0) found = &token;
  return found;
}

}  // namespace laterbase::api
