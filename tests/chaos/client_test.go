package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// send sends one write to a server that does `serve`, and says what its outcome is.
func send(t *testing.T, serve http.HandlerFunc) Outcome {
	t.Helper()
	server := httptest.NewServer(serve)
	defer server.Close()
	return sendTo(server.URL, requestTime)
}

func sendTo(endpoint string, limit time.Duration) Outcome {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	key := &Key{workload: workloads[0]}
	key.Table, key.Key = "registers", "k"
	_, err := workloads[0].send(ctx, newDatabase(endpoint), key, Input{Kind: "put", Text: "a"})
	return outcomeOf(err)
}

func answer(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}
}

func TestOutcomes(t *testing.T) {
	tests := []struct {
		name   string
		serve  http.HandlerFunc
		wanted Outcome
	}{
		{"done", answer(200, "{}"), OutcomeDone},
		{"condition", answer(400, `{"__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException"}`), OutcomeConditionFailed},
		{"throttled", answer(400, `{"__type": "com.amazonaws.dynamodb.v20120810#ThrottlingException"}`), OutcomeRefused},
		{"wrong", answer(400, `{"__type": "com.amazon.coral.validate#ValidationException"}`), OutcomeWrong},
		{"error", answer(500, `{"__type": "com.amazonaws.dynamodb.v20120810#InternalServerError"}`), OutcomeUnknown},
		{"unavailable", answer(503, `{}`), OutcomeUnknown},
		{"half an answer", answer(200, "{"), OutcomeUnknown},
		{"the connection breaks", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, OutcomeUnknown},
	}
	for _, test := range tests {
		if outcome := send(t, test.serve); outcome != test.wanted {
			t.Errorf("%s: %d, expected %d", test.name, outcome, test.wanted)
		}
	}
}

func TestARequestIsSentOnce(t *testing.T) {
	requests := 0
	send(t, func(http.ResponseWriter, *http.Request) {
		requests++
		panic(http.ErrAbortHandler)
	})
	if requests != 1 {
		t.Errorf("%d requests", requests)
	}
}

func TestOutcomesWithoutAServer(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	// Accepted by the kernel, and never answered.
	if outcome := sendTo("http://"+listener.Addr().String(), 50*time.Millisecond); outcome != OutcomeUnknown {
		t.Errorf("no answer: %d", outcome)
	}
	listener.Close()
	if outcome := sendTo("http://"+listener.Addr().String(), requestTime); outcome != OutcomeRefused {
		t.Errorf("nobody listens: %d", outcome)
	}
}
