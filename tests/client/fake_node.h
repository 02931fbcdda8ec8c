#pragma once

#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "client/session.h"

// A node that says what it is told to: one answer a request, in order, cut off where that is wanted.
namespace laterbase::client {

struct Reply {
  std::string bytes;   // as they go over the wire; none is to close without an answer
  bool close = false;  // afterwards
};

Reply reply(unsigned status, const std::string& body, const std::string& fields = "");
// Head and body of unknown length, ended by closing.
Reply stream_reply(const std::string& body);

class FakeNode {
 public:
  explicit FakeNode(std::vector<Reply> script);
  ~FakeNode();
  FakeNode(const FakeNode&) = delete;
  FakeNode& operator=(const FakeNode&) = delete;

  std::string url() const;
  // What came so far: head and body of each.
  std::vector<std::string> requests() const;
  // A session with pauses of a millisecond; its notices are collected.
  Session session(std::int64_t total_ms = 200);
  std::vector<std::string> notices;

 private:
  void run();
  void talk(int socket);

  std::vector<Reply> script_;
  std::size_t next_ = 0;
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  int listener_ = -1;
  std::atomic<int> talking_{-1};
  std::atomic<bool> stopping_{false};
  unsigned port_ = 0;
  std::thread thread_;
};

// The body of a request, or the value of one of its fields.
std::string body_of(const std::string& request);
std::string field_of(const std::string& request, const std::string& name);

}  // namespace laterbase::client
