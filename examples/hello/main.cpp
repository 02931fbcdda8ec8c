#include <laterbase.h>

#include <filesystem>

// The smallest program with a fold in it, for somebody who has only what was installed.
int main(int, char** argv) {
  std::filesystem::remove_all(argv[1]);
  laterbase::Server server{laterbase::Config{}.set("data", argv[1]).without_http()};
  auto words = server.root("words");
  words.fold<std::string>(
      "all", [](const laterbase::Event&) { return "all"; },
      [](std::string& all, const laterbase::Event& event) { all += event.value; });
  server.start();
  words.append("world", {{}, 2000, false});
  words.append("hello ", {{}, 1000, false});
  const bool right = words.state<std::string>("all", "all") == "hello world";
  server.stop();
  return right ? 0 : 1;
}
