// Written by `python docs/playground` from minigrad's compiled programs and real runs: do not edit.
export function line_backward(rows, losses, bailed_out, share, parameters, gradients) {
  const [b, w1] = parameters;
  let [b_grad, w1_grad] = gradients;
  for (const [x1, y] of [...rows].reverse()) {
    const t1 = (b + (w1 * x1)) - y;
    const t2 = share * t1;
    const t3 = t2 + t2;
    losses.push(t1 * t1);
    b_grad += t3;
    w1_grad += t3 * x1;
  }
  gradients.splice(0, gradients.length, ...[b_grad, w1_grad]);
}
export const STORY = [
  ["v1", "w1 * x1", (v) => v.w1 * v.x1, [["w1", (v) => v.x1]]],
  ["v2", "b + v1", (v) => v.b + v.v1, [["b", (v) => 1.0], ["v1", (v) => 1.0]]],
  ["v3", "v2 - y", (v) => v.v2 - v.y, [["v2", (v) => 1.0]]],
  ["loss", "v3 * v3", (v) => v.v3 * v.v3, [["v3", (v) => v.v3 + v.v3]]],
];
export const TABLES = {"cars":[[3.5,18],[3.69,15],[3.44,18],[3.43,16],[4.34,15],[4.42,14],[2.37,24]],"crickets":[[20,88.6],[16,71.6],[19.8,93.3],[18.4,84.3],[17.1,80.6],[15.5,75.2],[14.7,69.7],[17.1,82],[15.4,69.4],[16.2,83.3],[15,79.6],[17.2,82.6],[16,80.6],[17,83.5],[14.4,76.3]]};
export const EXPERIMENTS = {"long":{"lr":0.1,"max_steps":20},"short":{"lr":1.1e-05,"tol":0.0001},"zero":{"lr":0.01,"max_steps":5},"right":{"lr":0.05,"tol":1e-06},"momentum":{"lr":0.05,"momentum":0.9,"tol":1e-06}};
export const SENTENCES = {"restored":"The best parameters are back in place.","rest":"; the largest stable learning rate here is {limit}; try lr = {half}.","head":"{reason} after {steps}: loss {start} -> {loss}, gradient norm {norm}","diverged":"lr = {lr} makes steps so long that each lands higher than the last: lower the learning rate{rest}","bounces":"lr = {lr} makes steps so long that they bounce from one side to the other: lower the learning rate{rest}","changing":"The loss was still changing: allow more steps (max_steps), or raise the learning rate.","to_go":"The bottom lies about {to_go} lower.","short":"lr = {lr} makes steps so short that the loss hardly moves: raise the learning rate{rest}","narrow":"The loss hardly moves, yet the gradient is not gone, and the largest stable learning rate here is {limit}: the valley is narrow, and no rate is good for all directions; standardize the features, or go on with a smaller tol.","left":"The loss was lower at step {best}: the steps are so long that they leave a valley for a higher one; lower the learning rate, or take restore_best=True.","zero":"Leaves, such as the parameters of a model, accumulate, so that several losses may share them; an optimizer's `zero_grad()` resets them."};
export const FACTS = {"lowest":"1.470","short":"38.97","right":5478,"momentum":324,"zero":"303.71, 170.84, 46.40, 62.69, 202.27, 316.51"};
