#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "server/library/config.h"
#include "server/library/determinism.h"
#include "server/library/root_handle.h"

// Laterbase with your code inside: name your roots, give reducers as typed functions over events in key order, or views
// as SQL, then run() the same daemon.
//
//   struct Load { int kg = 0; };
//   NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Load, kg)
//
//   int main(int argc, char** argv) {
//     laterbase::Server server{laterbase::config_from(argc, argv)};
//     server.root("trucks").fold<Load>(
//         "load_by_truck", [](const laterbase::Event& e) { return laterbase::json_of(e).value("truck", ""); },
//         [](Load& load, const laterbase::Event& e) { load.kg += laterbase::json_of(e).value("kg", 0); });
//     return server.run();
//   }
//
// docs/library.md walks through it. Nothing of Boost or LMDB is seen through this header.
namespace laterbase {

// A request to a route of the program's own.
struct Request {
  std::string method, path, body, content_type;
  std::map<std::string, std::string> parameters;  // of the path's braces and of the query
};

struct Response {
  int status = 200;
  std::string body;
  std::string content_type = "application/json";
};

enum class Access { anybody, read, write, admin };  // where tokens are configured

// Threads: everything before start() or run() by one thread; stop() and url() from any. One server a data directory.
// Errors: start() throws std::runtime_error with a sentence; run() says it and gives the exit code.
class Server {
 public:
  explicit Server(Config config);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // The database of that name, made where there is none. A name's second call gives the same root.
  RootOf<Event> root(const std::string& name) { return root<Event>(name); }
  // Its events are T; a codec other than JSON comes second.
  template <typename T, typename Codec = JsonCodec<T>>
  RootOf<T, Codec> root(const std::string& name, Codec codec = {}) {
    return {core(), code_of(name), std::move(codec)};
  }

  // Answers `path`, in which up to three segments may be parameters: "/hello/{name}". Refused says a status, anything
  // else that is thrown is a 500. It may block: it is called on threads of its own.
  Server& route(const std::string& method, const std::string& path, std::function<Response(const Request&)> answer,
                Access access = Access::read);

  // Until SIGTERM or SIGINT; gives the process's exit code: 0 after an orderly end, 1 where it can't go on, 2 where the
  // settings are wrong.
  int run();
  // On threads of its own, without signals; returns once it answers.
  void start();
  // When it returns, all is on the disk, and no code of the program is called any more.
  void stop();

  // Where it answers; empty without HTTP.
  std::string url() const;

 private:
  library::Core& core() noexcept { return *core_; }
  std::shared_ptr<library::RootCode> code_of(const std::string& name);

  std::unique_ptr<library::Core> core_;
};

}  // namespace laterbase
