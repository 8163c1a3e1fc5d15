import { API_VERSION } from '../api/kinds.ts';
import type { Notice, Notification, RecommenderModel } from '../api/model.ts';

/** A notice as it is posted: the same bytes in every attempt, since they depend only on what is on record. */
interface Post {
  contentType: string;
  body: string;
}

type About = Pick<RecommenderModel, 'metadata'>;

export const render = (notice: Notice, model: About, format: Notification['format']): Post => FORMATS[format](notice, model);

const FORMATS: Record<Notification['format'], (notice: Notice, model: About) => Post> = {
  /** CloudEvents 1.0.2 in structured mode, JSON. */
  CloudEvents: (notice, model) => ({
    contentType: 'application/cloudevents+json; charset=utf-8',
    body: JSON.stringify({
      specversion: '1.0',
      id: notice.id,
      source: `/apis/${API_VERSION}/namespaces/${model.metadata.namespace ?? ''}/recommendermodels/${model.metadata.name}`,
      type: `dev.recommender.release.${notice.event.toLowerCase()}`,
      subject: notice.version,
      time: notice.at,
      datacontenttype: 'application/json',
      data: payloadOf(notice, model),
    }),
  }),
  /** Slack and similar receivers show `text` and ignore the rest. */
  Json: (notice, model) => ({
    contentType: 'application/json; charset=utf-8',
    body: JSON.stringify(
      {
        text: `${model.metadata.namespace ?? ''}/${model.metadata.name}: ${notice.text}`,
        id: notice.id,
        time: notice.at,
        ...payloadOf(notice, model),
      },
      plainKeys,
    ),
  }),
};

/** The record's text is called `reason` here, as in the ModelVersion. */
function payloadOf({ event, version, rule, by, text }: Notice, { metadata }: About) {
  return {
    event,
    namespace: metadata.namespace ?? '',
    model: metadata.name,
    version,
    ...(rule ? { rule } : {}),
    ...(by ? { by } : {}),
    reason: text,
  };
}

/** Slack reads <…> as links and mentions. */
const plainKeys = (key: string, value: unknown): unknown =>
  key === 'text' && typeof value === 'string' ? value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;') : value;
