#include "replication/transport/grpc_join.h"

#include <grpcpp/alarm.h>
#include <grpcpp/generic/generic_stub.h>

#include <chrono>
#include <memory>
#include <utility>

#include "base/check.h"
#include "replication/transport/grpc_setup.h"
#include "replication/transport/grpc_status.h"

namespace skerry::transport {
namespace {

constexpr int kCallsAtOnce = 8;
constexpr auto kRequestTimeout = std::chrono::seconds(5);  // for the request to be here

Status TooLarge(std::string_view what, size_t bytes) {
  return InvalidArgument(std::string(what) + " of " + std::to_string(bytes) + " bytes; at most " +
                         std::to_string(kJoinBytes));
}

}  // namespace

class JoinService::Call final : public grpc::ServerGenericBidiReactor {
 public:
  Call(JoinService& service, grpc::GenericCallbackServerContext* context, const Status& refusal)
      : service_(service), context_(context), end_(std::make_shared<End>(this)) {
    if (!refusal.ok()) {
      end_->With(refusal);
      return;
    }
    alarm_.Set(std::chrono::system_clock::now() + kRequestTimeout, [end = end_](bool expired) {
      if (expired) end->With(Status(StatusCode::kDeadlineExceeded, "no request in time"));
    });
    StartRead(&in_);
  }

  void OnReadDone(bool ok) override {
    alarm_.Cancel();
    if (!ok) {
      end_->With(InvalidArgument("no request"));
      return;
    }
    grpc::Slice slice;
    const auto request = ViewOf(in_, &slice);
    if (!request) {
      end_->With(InvalidArgument("a request that cannot be read"));
    } else if (request->size() > kJoinBytes) {
      end_->With(TooLarge("a request", request->size()));
    } else {
      Handle(std::string(*request));
    }
  }
  // Whoever asked has gone, or the server ends.
  void OnCancel() override { end_->With(Unavailable("the call was broken off")); }
  void OnDone() override {
    JoinService& service = service_;
    delete this;
    const std::lock_guard lock(service.mutex_);
    --service.calls_;
    service.idle_.notify_all();
  }

 private:
  // How the call ends, once: an answer may come when the call has long gone.
  class End {
   public:
    explicit End(Call* call) : call_(call) {}
    void With(Result<std::string> answer) {
      Call* call = nullptr;
      {
        const std::lock_guard lock(mutex_);
        call = std::exchange(call_, nullptr);
      }
      // Not under the lock: it may lead to OnDone.
      if (call != nullptr) call->FinishWith(std::move(answer));
    }

   private:
    std::mutex mutex_;
    Call* call_;  // guarded by mutex_; lives until its end
  };
  // A JoinAnswer that was forgotten ends the call as well.
  class Answer {
   public:
    explicit Answer(std::shared_ptr<End> end) : end_(std::move(end)) {}
    Answer(Answer&&) = default;
    Answer& operator=(Answer&&) = delete;
    ~Answer() {
      if (end_ != nullptr) end_->With(Unavailable("the node gave no answer"));
    }
    void operator()(Result<std::string> answer) {
      if (const auto end = std::exchange(end_, nullptr)) end->With(std::move(answer));
    }

   private:
    std::shared_ptr<End> end_;
  };

  void Handle(std::string request) {
    const std::lock_guard lock(service_.handler_mutex_);
    if (service_.handler_) {
      service_.handler_(std::move(request), Answer(end_));
    } else {
      end_->With(Unimplemented("this node takes no nodes in"));
    }
  }

  void FinishWith(Result<std::string> answer) {
    if (answer.ok() && answer->size() > kJoinBytes) {
      Finish(ToGrpc(Internal(std::string(TooLarge("an answer", answer->size()).message())),
                    *context_));
    } else if (answer.ok()) {
      out_ = ToByteBuffer(*std::move(answer));
      StartWriteAndFinish(&out_, grpc::WriteOptions(), grpc::Status::OK);
    } else {
      Finish(ToGrpc(answer.status(), *context_));
    }
  }

  JoinService& service_;
  grpc::GenericCallbackServerContext* const context_;
  const std::shared_ptr<End> end_;
  grpc::Alarm alarm_;
  grpc::ByteBuffer in_;
  grpc::ByteBuffer out_;
};

void JoinService::Serve(JoinHandler handler) {
  const std::lock_guard lock(handler_mutex_);
  handler_ = std::move(handler);
}

grpc::ServerGenericBidiReactor* JoinService::NewCall(grpc::GenericCallbackServerContext* context) {
  bool admitted = false;
  {
    const std::lock_guard lock(mutex_);
    admitted = ++calls_ <= kCallsAtOnce;
  }
  return new Call(*this, context,
                  admitted ? OkStatus() : ResourceExhausted("too many nodes join at once"));
}

void JoinService::AwaitEnd() {
  std::unique_lock lock(mutex_);
  idle_.wait(lock, [&] { return calls_ == 0; });
}

// By a queue of its own: nothing of the call is left to gRPC's threads when it returns.
Result<std::string> CallJoin(const std::string& address, const std::optional<PeerTls>& tls,
                             std::string request, Duration timeout) {
  if (request.size() > kJoinBytes) return TooLarge("a request", request.size());
  TakeOverGrpcLog();
  grpc::GenericStub stub(MakeChannel(address, tls));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::duration_cast<std::chrono::system_clock::duration>(timeout));
  grpc::CompletionQueue queue;
  grpc::Status status;
  grpc::ByteBuffer answer;
  const auto call =
      stub.PrepareUnaryCall(&context, kJoinMethod, ToByteBuffer(std::move(request)), &queue);
  call->StartCall();
  call->Finish(&answer, &status, &status);
  void* tag = nullptr;
  bool ok = false;
  SKERRY_CHECK(queue.Next(&tag, &ok) && ok);
  queue.Shutdown();
  SKERRY_CHECK(!queue.Next(&tag, &ok));
  if (!status.ok()) return FromGrpc(status, context).WithContext("joining by " + address);
  grpc::Slice slice;
  const auto bytes = ViewOf(answer, &slice);
  if (!bytes || bytes->size() > kJoinBytes) {
    return Unavailable("joining by " + address + ": an answer that cannot be read");
  }
  return std::string(*bytes);
}

}  // namespace skerry::transport
