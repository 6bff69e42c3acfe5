// JSON-RPC over one websocket, opened again whenever it is lost.

const FIRST_WAIT = 250;
const LONGEST_WAIT = 3000;

export class Rpc {
  /** `onState` is told "live" or "lost", `onHead` the number of each new head. */
  constructor(url, onState, onHead) {
    this.url = url;
    this.onState = onState;
    this.onHead = onHead;
    this.waiting = new Map();
    this.id = 0;
    this.wait = FIRST_WAIT;
    this.open();
  }

  open() {
    this.socket = new WebSocket(this.url);
    this.socket.onopen = async () => {
      this.wait = FIRST_WAIT;
      this.onState("live");
      try {
        await this.call("chain_subscribeNewHeads");
      } catch {
        this.socket.close();
      }
    };
    this.socket.onmessage = ({ data }) => this.take(JSON.parse(data));
    this.socket.onclose = () => {
      for (const { reject } of this.waiting.values()) reject(new Error("the connection was lost"));
      this.waiting.clear();
      this.onState("lost");
      setTimeout(() => this.open(), this.wait);
      this.wait = Math.min(this.wait * 2, LONGEST_WAIT);
    };
  }

  take(message) {
    if (message.method === "chain_newHead") {
      this.onHead(Number(message.params.result.number));
      return;
    }
    const { resolve, reject } = this.waiting.get(message.id) ?? {};
    this.waiting.delete(message.id);
    if (message.error) {
      const { code, message: said, data } = message.error;
      const more = typeof data === "string" && !/^\w+$/.test(data) ? `: ${data}` : ""; // a word is for programs
      reject?.(Object.assign(new Error(said + more), { refused: true, code, data }));
    } else resolve?.(message.result);
  }

  call(method, ...params) {
    return new Promise((resolve, reject) => {
      if (this.socket.readyState !== WebSocket.OPEN) {
        reject(new Error("there is no connection"));
        return;
      }
      const id = ++this.id;
      this.waiting.set(id, { resolve, reject });
      this.socket.send(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
    });
  }
}
