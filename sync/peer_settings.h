#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.h"
#include "engine/base/error.h"
#include "sync/message.h"

// A peer as a JSON document: what PUT /peers/{name} takes, and what is kept of it in the data directory.
namespace laterbase::sync {

// {"url":…,"databases":["*"],"interval_ms"?,"token"?,"direction"?,"create"?,"ca_file"?,"from"?,"to"?}, held against the
// same rules as [[peers]] of the configuration. Errors: invalid, a sentence.
Result<config::Peer> parse_peer(std::string_view name, std::string_view json);
// Somebody who is no peer: its URL, and the rest as above or nothing. It has no name.
Result<config::Peer> parse_guest(std::string_view url, std::string_view json);
// Without what is secret.
std::string print_peer(const config::Peer& peer);

// The keys that the peer's `from` and `to` mean at this moment; nothing where it has neither.
std::optional<Window> window_of(const config::Peer& peer, std::int64_t now_ms);

}  // namespace laterbase::sync
