#include "sync/peer_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "engine/base/error.h"
#include "sync/peer_settings.h"

namespace laterbase::sync {
namespace {

using Json = nlohmann::ordered_json;

[[noreturn]] void fail(const std::string& path, const std::string& doing) {
  const FailureCode code = errno == ENOSPC ? FailureCode::disk_full : FailureCode::io;
  throw Failure(code, fmt::format("{} can't be {}: {}", path, doing, std::strerror(errno)));
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const noexcept { return fd_; }
  bool good() const noexcept { return fd_ >= 0; }

 private:
  int fd_;
};

void write_durably(const std::string& path, std::string_view text) {
  constexpr mode_t owner_only = 0600;  // tokens are in it
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, owner_only));
  if (!file.good()) fail(path, "made");
  while (!text.empty()) {
    const ssize_t written = ::write(file.get(), text.data(), text.size());
    if (written < 0 && errno != EINTR) fail(path, "written");
    if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::fsync(file.get()) != 0) fail(path, "made durable");
}

}  // namespace

std::vector<config::Peer> PeerFile::read() const {
  std::ifstream file(path_);
  if (!file) return {};
  std::ostringstream text;
  text << file.rdbuf();
  const Json document = Json::parse(text.str(), nullptr, false);
  const auto damaged = [&](const std::string& why) {
    return Failure(FailureCode::damaged, fmt::format("{} is damaged: {}; put it right or remove it", path_, why));
  };
  if (!document.is_array()) throw damaged("it is not a list of peers");
  std::vector<config::Peer> peers;
  for (const Json& one : document) {
    if (!one.is_object() || !one.contains("name") || !one["name"].is_string()) throw damaged("a peer has no name");
    const auto peer = parse_peer(one["name"].get<std::string>(), one.dump());
    if (!peer) throw damaged(peer.error().detail);
    peers.push_back(*peer);
  }
  return peers;
}

void PeerFile::write(const std::vector<config::Peer>& peers) const {
  Json document = Json::array();
  for (const config::Peer& peer : peers) {
    document.push_back(Json::parse(print_peer(peer)));
    if (!peer.token.empty()) document.back()["token"] = peer.token;
  }
  const std::string fresh = path_ + ".new";
  write_durably(fresh, document.dump(1) + '\n');
  if (::rename(fresh.c_str(), path_.c_str()) != 0) fail(path_, "put in place");
  const Descriptor directory(::open(path_.substr(0, path_.rfind('/')).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.good() || ::fsync(directory.get()) != 0) fail(path_, "made durable");
}

}  // namespace laterbase::sync
